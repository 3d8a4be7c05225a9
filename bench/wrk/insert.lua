-- Inserts one row.
local token = os.getenv("BENCH_TOKEN")
local body = '{"title":"A title of usual length","body":"A body that is long enough to look like one, and not longer.","author_id":7,"rank":1}'
request = function()
  return wrk.format("POST", "/rest/v1/posts", { Authorization = "Bearer " .. token, ["Content-Type"] = "application/json" }, body)
end
