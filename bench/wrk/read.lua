-- Reads one random row of 100,000 by its key.
local token = os.getenv("BENCH_TOKEN")
local root = os.getenv("BENCH_ROOT") or "/rest/v1"
math.randomseed(1)
request = function()
  return wrk.format("GET", root .. "/posts?id=eq." .. math.random(1, 100000), { Authorization = "Bearer " .. token })
end
