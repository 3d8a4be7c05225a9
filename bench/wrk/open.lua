-- Reads one random row of 1,000 that everyone may read, with each of the tokens in turn.
local tokens = {}
for token in os.getenv("BENCH_TOKEN"):gmatch("%S+") do
  tokens[#tokens + 1] = { Authorization = "Bearer " .. token }
end
local turn = 0
math.randomseed(1)
request = function()
  turn = turn % #tokens + 1
  return wrk.format("GET", "/rest/v1/posts?id=eq." .. math.random(1, 1000), tokens[turn])
end
