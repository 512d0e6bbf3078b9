"""`python -m tradecoin`."""

import sys

from tradecoin.cli import main

sys.exit(main())
