-- Lists the first 20 of 100,000 rows by rank.
local token = os.getenv("BENCH_TOKEN")
local root = os.getenv("BENCH_ROOT") or "/rest/v1"
request = function()
  return wrk.format("GET", root .. "/posts?order=rank.desc&limit=20", { Authorization = "Bearer " .. token })
end
