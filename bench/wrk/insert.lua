-- Inserts one row.
local token = os.getenv("BENCH_TOKEN")
local root = os.getenv("BENCH_ROOT") or "/rest/v1"
local body = '{"title":"A title of usual length","body":"A body that is long enough to look like one, and not longer.","author_id":7,"rank":1}'
request = function()
  return wrk.format("POST", root .. "/posts", { Authorization = "Bearer " .. token, ["Content-Type"] = "application/json" }, body)
end
