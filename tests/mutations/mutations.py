"""Every deliberate break of the code that tests have to notice.

To add some, write a file beside those in `breaks` and add its list here. What a break replaces must occur exactly once
in its file; each test that it names has to fail with the break, in one of its cases at least, and to pass without.
"""

from tests.mutations.breaks.gateway import OF_THE_GATEWAY
from tests.mutations.breaks.history import OF_HISTORY, OF_NOTES
from tests.mutations.breaks.overload import OF_OVERLOAD
from tests.mutations.breaks.room import OF_TIME_AND_ROOM
from tests.mutations.breaks.services import OF_SERVICES
from tests.mutations.breaks.sweeper import OF_THE_SWEEPER
from tests.mutations.breaks.the_rule import OF_THE_RULE
from tests.mutations.breaks.what_is_kept import OF_WHAT_IS_KEPT

MUTATIONS = [
    *OF_THE_RULE,
    *OF_HISTORY,
    *OF_NOTES,
    *OF_WHAT_IS_KEPT,
    *OF_TIME_AND_ROOM,
    *OF_THE_GATEWAY,
    *OF_SERVICES,
    *OF_OVERLOAD,
    *OF_THE_SWEEPER,
]
