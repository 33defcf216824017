"""`python -m workforce_source` is the command `workforce`."""

import sys

from workforce_source.job.commands import main

if __name__ == "__main__":
    sys.exit(main())
