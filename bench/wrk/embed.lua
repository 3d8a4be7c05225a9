-- Lists the first 20 of 100,000 rows by rank, each with its author.
local token = os.getenv("BENCH_TOKEN")
request = function()
  return wrk.format("GET", "/rest/v1/posts?select=id,title,author:authors(id,name)&order=rank.desc&limit=20", { Authorization = "Bearer " .. token })
end
