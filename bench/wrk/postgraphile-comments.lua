-- graphql-comments.lua in the names of PostGraphile.
local token = os.getenv("BENCH_TOKEN")
local query = "query List($n: Int!) { posts: allPostsList(first: $n, orderBy: [RANK_DESC]) { id: rowId title author: authorByAuthorId { id: rowId name } comments: commentsByPostIdList(first: 3, orderBy: [ROW_ID_DESC]) { id: rowId text } } }"
local body = '{"query":"' .. query .. '","variables":{"n":20}}'
request = function()
  return wrk.format("POST", "/graphql", { Authorization = "Bearer " .. token, ["Content-Type"] = "application/json" }, body)
end
