-- graphql-author.lua by REST.
local token = os.getenv("BENCH_TOKEN")
local path = "/rest/v1/posts?select=id,title,author:authors(id,name)&order=rank.desc&limit=20"
request = function()
  return wrk.format("GET", path, { Authorization = "Bearer " .. token })
end
