-- Reads one random row of 100,000 by its key.
local token = os.getenv("BENCH_TOKEN")
math.randomseed(1)
request = function()
  return wrk.format("GET", "/rest/v1/posts?id=eq." .. math.random(1, 100000), { Authorization = "Bearer " .. token })
end
