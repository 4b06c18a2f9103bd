import os

import requests

MODEL = os.environ.get("MODEL", "CohereForAI/c4ai-command-r-v01")
reply = requests.post(
    "http://localhost:8000/v1/chat/completions",
    headers={"Accept": "text/event-stream", "Content-Type": "application/json"},
    json={"model": MODEL, "messages": []},
)
