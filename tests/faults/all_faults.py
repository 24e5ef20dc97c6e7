"""Every fault there is."""

from tests.faults.database import DATABASE_FAULTS
from tests.faults.processes import PROCESS_FAULTS
from tests.faults.surroundings import SURROUNDING_FAULTS

FAULTS = [*DATABASE_FAULTS, *PROCESS_FAULTS, *SURROUNDING_FAULTS]
