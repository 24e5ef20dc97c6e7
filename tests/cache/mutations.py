"""Every deliberate break of the code that tests have to notice.

To add some, write a file beside those in `breaks` and add its list here. What a break replaces must occur exactly once
in its file; each test that it names has to fail with the break, in one of its cases at least, and to pass without.
"""

from tests.cache.breaks.gateway import OF_THE_GATEWAY
from tests.cache.breaks.history import OF_HISTORY, OF_NOTES
from tests.cache.breaks.room import OF_TIME_AND_ROOM
from tests.cache.breaks.services import OF_SERVICES
from tests.cache.breaks.the_rule import OF_THE_RULE
from tests.cache.breaks.what_is_kept import OF_WHAT_IS_KEPT

MUTATIONS = [*OF_THE_RULE, *OF_HISTORY, *OF_NOTES, *OF_WHAT_IS_KEPT, *OF_TIME_AND_ROOM, *OF_THE_GATEWAY, *OF_SERVICES]
