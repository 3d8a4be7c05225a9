-- 20 rows by rank, each with its author and its last three comments.
local token = os.getenv("BENCH_TOKEN")
local query = "query List($n: Int!) { posts(limit: $n, order_by: {rank: desc}) { id title author { id name } comments(limit: 3, order_by: {id: desc}) { id text } } }"
local body = '{"query":"' .. query .. '","variables":{"n":20}}'
request = function()
  return wrk.format("POST", "/graphql", { Authorization = "Bearer " .. token, ["Content-Type"] = "application/json" }, body)
end
