#!/usr/bin/env bash
# Says FILE under a pull request, once per NAME: what it said before is replaced.
# comment.sh NUMBER NAME FILE; GH_TOKEN and GITHUB_REPOSITORY are from the environment.
set -euo pipefail
number=$1 name=$2 file=$3
mark="<!-- $name -->"
said=$(mktemp)
{ printf '%s\n' "$mark"; cat "$file"; } > "$said"
comments="repos/$GITHUB_REPOSITORY/issues/$number/comments"
before=$(gh api --paginate "$comments" --jq ".[] | select(.body | startswith(\"$mark\")) | .id")
if [[ -n $before ]]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/${before%%$'\n'*}" --field "body=@$said"
else
  gh api --silent --method POST "$comments" --field "body=@$said"
fi
