# Turns what `mlops pipeline run --json` prints into a comment: jq -r -f evaluation.jq run.json
def cell: tostring | gsub("\\|"; "\\|") | gsub("[\r\n]+"; " ");
def figure: if . == null then "" else (. * 10000 | round / 10000 | tostring) end;
"### \(.pipeline): \(.result.end // .state)",
"",
(.result.reason // .failure.message // "The run goes on: `mlops pipeline show \(.id)`." | cell),
"",
(if (.result.metrics // {}) == {} then empty else
  "| metric | on the test rows |", "|---|---|", (.result.metrics | to_entries[] | "| \(.key | cell) | \(.value | figure) |"), "" end),
(if (.result.gates // []) == [] then empty else
  "| gate | | why |", "|---|---|---|", (.result.gates[] | "| \(.gate | cell) | \(if .passed then "passed" else "**not passed**" end) | \(.reason | cell) |"), "" end),
"<details><summary>Steps of run <code>\(.id)</code>\(if .result.dataset then " on \(.result.dataset | cell)" else "" end)</summary>",
"",
"| step | state | |", "|---|---|---|", (.steps[] | "| \(.name | cell) | \(.state) | \(.summary // "" | cell) |"),
"",
"</details>"
