-- The list of embed.lua as a GraphQL query: 20 rows by rank, each with its author.
local token = os.getenv("BENCH_TOKEN")
local query = "query List($n: Int!) { posts(limit: $n, order_by: {rank: desc}) { id title author { id name } } }"
local body = '{"query":"' .. query .. '","variables":{"n":20}}'
request = function()
  return wrk.format("POST", "/graphql", { Authorization = "Bearer " .. token, ["Content-Type"] = "application/json" }, body)
end
