#!/usr/bin/env bash
# Does a deployed server keep strangers out, and does it predict?
# API_URL: the server. TOKEN, MODEL, REQUEST: a contributor's token, an endpoint, an Open Inference request.
# SMOKE_FIRST=1 in place of the three: the very first deployment, when there is no model that could be asked.
set -euo pipefail
: "${API_URL:?}"
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# 000 where nothing answers.
status() { curl --silent --show-error --max-time 30 --output "$answer" --write-out '%{http_code}' "$@" || true; }

# A fresh instance starts, and role assignments take minutes to spread.
for attempt in $(seq "${ATTEMPTS:-30}"); do
  ready=$(status "$API_URL/health/ready")
  if [ "$ready" = 200 ]; then break; fi
  echo "attempt $attempt: $API_URL/health/ready answers $ready"
  sleep "${PAUSE:-10}"
done
if [ "$ready" != 200 ]; then echo "not ready: $(head -c 500 "$answer")"; exit 1; fi

stranger=$(status "$API_URL/api/v1/models")
if [ "$stranger" != 401 ]; then echo "without a token /api/v1/models answers $stranger, expected 401"; exit 1; fi
echo "without a token: 401"

if [ -z "${MODEL:-}" ]; then
  if [ "${SMOKE_FIRST:-}" != 1 ]; then echo "no MODEL is given, so nothing shows that it predicts: give MODEL, REQUEST and TOKEN, or SMOKE_FIRST=1 before there is a model"; exit 1; fi
  echo "${GITHUB_ACTIONS:+::warning::}a first deployment: no prediction was asked for"
  exit 0
fi
predicted=$(status -X POST "$API_URL/v2/models/$MODEL/infer" -H "Authorization: Bearer ${TOKEN:?}" -H 'Content-Type: application/json' --data "${REQUEST:?}")
if [ "$predicted" != 200 ]; then echo "a prediction answers $predicted: $(head -c 500 "$answer")"; exit 1; fi
jq -e '.outputs | length > 0' "$answer" > /dev/null || { echo "a prediction without outputs: $(head -c 500 "$answer")"; exit 1; }
echo "with a token: $(jq -c '.outputs' "$answer" | head -c 200)"
