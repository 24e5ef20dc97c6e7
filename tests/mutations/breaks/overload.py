"""Breaks of admission, deadlines and limits."""

from tests.mutations.mutation import Mutation

_LANE = "shared/overload/lane.py"
_LIMIT = "shared/overload/rate_limit.py"
_CONNECTION = "shared/store/postgres/connection.py"
_DATABASE = "shared/store/postgres/database.py"

ADMISSION = "tests/rpc/test_admission.py::test_"
RATE = "tests/unit/test_rate_limit.py::test_"
LOGIN = "tests/unit/auth/test_login_limits.py::test_"
DEADLINES = "tests/sql/test_deadlines.py::test_"
READINESS = "tests/rpc/test_readiness.py::test_"

OF_OVERLOAD = [
    Mutation(
        "a place is not given back",
        _LANE,
        "            self._inside -= 1\n",
        "",
        (ADMISSION + "no_place_is_lost_whatever_becomes_of_callers",),
    ),
    Mutation(
        "a lane has room for all",
        _LANE,
        "elif self._inside >= limits.places:",
        "elif False:",
        (ADMISSION + "one_beyond_the_places_is_refused_politely",),
    ),
    Mutation(
        "who is refused waits behind who was not",
        _LANE,
        "            self._submitted.refuse(arguments, refusal)\n",
        "            self.settle_later(under_way(), self._submitted.refuse, arguments, refusal)\n",
        (ADMISSION + "one_beyond_the_places_is_refused_politely",),
    ),
    Mutation(
        "one caller takes all",
        _LANE,
        "elif self._callers[arrival.caller] >= limits.places_of_one:",
        "elif False:",
        (ADMISSION + "one_caller_leaves_room_for_others",),
    ),
    Mutation(
        "nobody asks how long it will take",
        _LANE,
        "is_late = self._is_too_late(wait, now, now + wait, arrival)",
        "is_late = False",
        (ADMISSION + "who_would_wait_beyond_the_deadline_is_refused_on_arrival",),
    ),
    Mutation(
        "who is refused is read first",
        _LANE,
        "        if refusal is None:\n            ready =",
        "        if True:\n            ready =",
        (ADMISSION + "nothing_is_read_of_who_is_refused",),
    ),
    Mutation(
        "who is refused is not counted",
        "shared/rpc/call.py",
        "        self.metrics.finished(code_of(error_of(refusal)), 0.0, None)\n",
        "",
        (ADMISSION + "one_beyond_the_places_is_refused_politely",),
    ),
    Mutation(
        "who has no time left is told to try again",
        "shared/rpc/refusals.py",
        "error_of(refusal).retry_after < time_remaining",
        "True",
        (ADMISSION + "who_is_refused_hears_its_own_request_id",),
    ),
    Mutation(
        "a thread waits for the request",
        "shared/rpc/grpc_calls.py",
        'if call is None or call.request.__name__ != "unary_request":',
        "if True:",
        (ADMISSION + "who_sends_no_request_has_no_thread",),
    ),
    Mutation(
        "a call that brings nothing is never ended",
        "shared/rpc/grpc_calls.py",
        "if state.request is None and state.client is not _SERVER._CLOSED:",
        "if state.request is None:",
        (ADMISSION + "a_call_without_a_request_is_told_so",),
    ),
    Mutation(
        "who has gone keeps a place",
        _LANE,
        "self._submitted.read(arguments, ready, partial(future.set_result, None))",
        "self._enter(arrival, 0.0); self._submitted.read(arguments, ready, partial(future.set_result, None))",
        (ADMISSION + "no_place_is_lost_whatever_becomes_of_callers",),
    ),
    Mutation(
        "an answer may come after its deadline",
        _LANE,
        "turn + self._mean_seconds > arrival.deadline",
        "turn > arrival.deadline",
        (ADMISSION + "who_could_not_be_answered_within_the_deadline_is_refused_on_arrival",),
    ),
    Mutation(
        "what is known to take too long is begun",
        _LANE,
        "is_late = self._inside > 0 and now + self._mean_seconds > arrival.deadline",
        "is_late = False",
        (ADMISSION + "while_others_run_nobody_begins_what_cannot_end_in_time",),
    ),
    Mutation(
        "nobody is tried any more",
        _LANE,
        "is_late = self._inside > 0 and now + self._mean_seconds > arrival.deadline",
        "is_late = now + self._mean_seconds > arrival.deadline",
        (ADMISSION + "while_others_run_nobody_begins_what_cannot_end_in_time",),
    ),
    Mutation(
        "who has waited for long is served",
        _LANE,
        "if admitted is _Admitted.TO_WAIT and self._is_too_late(waited, began, began, arrival):",
        "if False:",
        (ADMISSION + "who_has_waited_beyond_the_budget_is_dropped",),
    ),
    Mutation(
        "threads are started when they are needed",
        "shared/overload/threads.py",
        "        self._calls.put(run)\n",
        "        threading.Thread(target=self._work, daemon=True).start()\n        self._calls.put(run)\n",
        (ADMISSION + "a_server_needs_no_further_threads",),
    ),
    Mutation(
        "what succeeds counts too",
        _LIMIT,
        "        if not isinstance(error, self._failure):\n",
        "        if False:\n",
        (RATE + "only_the_failure_that_is_counted_counts", LOGIN + "logins_that_succeed_do_not_count"),
    ),
    Mutation(
        "guesses are not counted before they are made",
        _LIMIT,
        "        self._limit.take(self._key)\n",
        "        pass\n",
        (RATE + "many_at_once_are_counted_one_by_one",),
    ),
    Mutation(
        "strangers lock a user out at home",
        "services/auth/login_limits.py",
        "if not self._is_known(pair):",
        "if True:",
        (LOGIN + "nobody_is_locked_out_by_somebody_else",),
    ),
    Mutation(
        "a statement takes what it takes",
        _CONNECTION,
        "bound if timeout is None else min(timeout, bound)",
        "timeout",
        (DEADLINES + "a_statement_ends_with_the_caller_s_time", DEADLINES + "a_frozen_server_holds_nobody"),
    ),
    Mutation(
        "what was abandoned runs on",
        _CONNECTION,
        "            self.cancel_later(cancel)\n",
        "",
        (DEADLINES + "a_statement_ends_with_the_caller_s_time",),
    ),
    Mutation(
        "a pool is waited for however little time there is",
        _DATABASE,
        "self._pool.getconn(current_deadline().bound(self._patience))",
        "self._pool.getconn(self._patience)",
        (DEADLINES + "the_wait_for_a_connection_ends_with_the_caller_s_time",),
    ),
    Mutation(
        "two that are late make a server look lost",
        _DATABASE,
        "elif isinstance(error, Abandoned) and self._alive_at > began:",
        "elif False:",
        (DEADLINES + "statements_that_are_late_while_others_are_not_refuse_nobody",),
    ),
    Mutation(
        "what a server said before it went brings it back",
        _DATABASE,
        "if self._lost and asked_at <= self._lost_at:",
        "if False:",
        (DEADLINES + "what_was_answered_before_the_server_went_tells_of_no_server",),
    ),
    Mutation(
        "a signal waits for the main thread",
        "shared/lifecycle.py",
        "signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)",
        "signal.set_wakeup_fd(-1)",
        ("tests/unit/test_lifecycle.py::test_a_signal_ends_a_process_whose_main_thread_sleeps_on",),
    ),
    Mutation(
        "everybody waits for a server that is gone",
        _DATABASE,
        "if not self._breaker.allows():",
        "if False:",
        (DEADLINES + "while_there_is_no_server_nobody_waits",),
    ),
    Mutation(
        "a server that stops becomes ready again",
        "shared/readiness.py",
        'whatever the checks say."""\n        self.ready = False\n',
        'whatever the checks say."""\n',
        (READINESS + "nothing_makes_it_ready_again_when_it_stops",),
    ),
    Mutation(
        "passwords are hashed on one core",
        "shared/rpc/lanes.py",
        "with cores.spread() if name in _WITHOUT_INTERPRETER else nullcontext():",
        "with nullcontext():",
        ("tests/rpc/test_cores.py::test_passwords_are_hashed_on_every_core",),
    ),
    Mutation(
        "all workers are kept to the same core",
        "cli/cores.py",
        "OneCore(cores[number % len(cores)])",
        "OneCore(cores[0])",
        ("tests/cli/test_workers.py::test_each_is_kept_to_its_core",),
    ),
    Mutation(
        "what is kept waits for a place",
        "shared/overload/lane.py",
        "refusal = None if arrival.may_need_no_thread else self._refusal_now(arrival)",
        "refusal = self._refusal_now(arrival)",
        ("tests/rpc/test_at_once.py::test_what_is_kept_needs_no_place",),
    ),
    Mutation(
        "what is kept takes a thread",
        "shared/overload/lane.py",
        "return self._submitted.answer(arguments)",
        "return False",
        ("tests/rpc/test_at_once.py::test_what_is_kept_needs_no_place",),
    ),
    Mutation(
        "answers at once are not counted",
        "shared/rpc/call.py",
        "self.metrics.finished(_OK, self.clock.monotonic() - began, None)",
        "pass",
        ("tests/rpc/test_at_once.py::test_it_looks_like_any_other_answer",),
    ),
    Mutation(
        "whoever takes calls in writes the log",
        "shared/rpc/call.py",
        "reply = None if begun.is_told else hit(request)",
        "reply = hit(request)",
        ("tests/rpc/test_at_once.py::test_a_logged_call_has_a_thread",),
    ),
    Mutation(
        "a keeper that fails ends the server",
        "shared/overload/lane.py",
        "return self._submitted.answer(arguments)\n        except Exception:",
        "return self._submitted.answer(arguments)\n        except KeyError:",
        ("tests/rpc/test_at_once.py::test_a_keeper_that_fails_does_not_end_the_server",),
    ),
    Mutation(
        "a hit counts as a miss first",
        "shared/rpc/kept.py",
        "self._repeated(self._cache.hit(_key(request)))",
        "self._repeated(self._cache.get_kept(_key(request)))",
        ("tests/rpc/test_kept_replies.py::test_a_question_counts_once",),
    ),
]
