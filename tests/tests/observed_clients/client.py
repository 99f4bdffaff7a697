"""Asks for one URL after the other with the variables that each comes with, and says when it has. One process for all: it starts
slowly. urllib looks at the variables whenever an opener is built."""

import json
import os
import sys
import urllib.request

for line in sys.stdin:
    row = json.loads(line)
    os.environ.update(row["variables"])
    try:
        urllib.request.build_opener().open(row["url"], timeout=5).close()
    except Exception as error:  # whatever it is: only who was contacted counts
        print(json.dumps(str(error)), flush=True)
    else:
        print(json.dumps("answered"), flush=True)
    for name in row["variables"]:
        del os.environ[name]
