"""`python -m handrail.simulators --database sim.db --port 7410`"""

import argparse
from pathlib import Path

from handrail.simulators.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="handrail.simulators", description=__doc__)
    parser.add_argument("--database", type=Path, required=True, help="SQLite file; made and filled when it is new")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--api-key", default="sim-key")
    given = parser.parse_args()
    serve(given.database, host=given.host, port=given.port, api_key=given.api_key)


if __name__ == "__main__":
    main()
