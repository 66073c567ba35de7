#!/bin/sh -e
# What CI runs on a pull request: each command ends with another exit code than 0 where something is wrong.
ctune validate train.jsonl --validation validation.jsonl --reward reward.json --format "${FORMAT:-text}"
ctune reward test reward.json --data train.jsonl
ctune estimate train.jsonl --model gemini-3.5-flash --reward reward.json --hyper-parameters hyper-parameters.json
