/*
 * How time is taken, as Sources/Scheduling/Booking does it on PostgreSQL under READ COMMITTED, small enough to look at
 * every order in which things can happen. docs/models/README.md says what stands for what and how it is run.
 *
 * Time is three cells. A row of `booking_interval` is a set of bits: three cells for each lane of each resource.
 * For each owner there is what is committed, what a transaction has made of it, and which transaction that is.
 */

#ifndef LANES
#define LANES 1     /* of the first practitioner */
#endif
#ifndef CRASHES
#define CRASHES 1   /* how many there may be in one history */
#endif
#ifndef TICKS
#define TICKS 0     /* how often the clock moves; a hold lasts one tick */
#endif
#ifndef OPS
#define OPS 1       /* acts of one client */
#endif
#define TRIES 3     /* BookingRules.mostTries */
#define N 3         /* clients */
#define OWNERS 6    /* N appointments, then N holds */
#define CELLS 3
#if SCENE == 3 || SCENE == 6
#define ENDS (N + 1)
#else
#define ENDS N
#endif

/* Resources, as bits of `uses`; lanes and resources as triples of bits of a row. */
#define FIRST 1     /* practitioner with LANES lanes: triples 0 and 1 */
#define SECOND 2    /* another practitioner: triple 2 */
#define ROOM 4      /* triple 3 */
#define PATIENT 8   /* one whom several book for: triple 4 */

mtype = { BOOK, HOLD, PASS, RELEASE, MOVE, CANCEL, NOTHING };

short com[OWNERS];  /* committed rows */
short pend[OWNERS]; /* the same as the transaction `lck` leaves them */
byte lck[OWNERS];   /* 0, or the client whose transaction changes the owner's rows, plus one */
byte expires[OWNERS];
byte now = 1;       /* the clock; each transaction reads it once, when it begins */
byte crashed = 0;
byte writer = 0;    /* with SQLITE: whose turn the only writer has */

bool done[N];       /* the idempotency key has a stored answer … */
byte stored[N];     /* … which names this owner */
byte keyLock[N];

short acked[N];     /* what a client was told is theirs */
short wanted[N];    /* every lane of all that an attempt under way wants */
bool free[N];       /* whether that was free all the time since the attempt began */
byte ended = 0;

/* A span on a triple, and the lanes that a triple stands for. */
#define ON(cells, triple) ((cells) << ((triple) * CELLS))
#define ANYLANE(rows) ((rows) | (((rows) & 7) << 3) | (((rows) & 56) >> 3))

/* Everything that must hold whenever a transaction has committed or a client was told something. */
inline check() {
    d_step {
        i = 0;
        do
        :: i < OWNERS ->
            j = i + 1;
            do
            :: j < OWNERS -> assert((com[i] & com[j]) == 0); /* no two owners overlap on a lane */ j++
            :: else -> break
            od;
            i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < N -> assert((com[i] & acked[i]) == acked[i]); /* what was acknowledged is there */ i++
        :: else -> break
        od;
        i = 0; j = 0
    }
}

/* What others have as this transaction sees it: `TakenTimes.read`, `over`. Rows of who is ignored are left out. */
inline look() {
    d_step {
        busy = 0; over = 0; i = 0;
        do
        :: i < OWNERS ->
            seen = (lck[i] == me + 1 -> pend[i] : com[i]);
            if
            :: seen == 0 || ((ignored >> i) & 1) -> skip
            :: else ->
                if
                :: expires[i] != 0 && expires[i] <= mine ->
                    if
                    :: ANYLANE(seen) & wanted[me] -> over = over | (1 << i)
                    :: else -> skip
                    fi
                :: else -> busy = busy | seen
                fi
            fi;
            i++
        :: else -> break
        od;
        i = 0; seen = 0
    }
}

/* `SlotFinder.choose` and `TimeClaim.placed`: refused, or the lane of each cell; the lane that stays free longest. */
inline place() {
    d_step {
        refused = false;
        lane1 = 0;
        if
        :: (uses & SECOND) && (busy & ON(span, 2)) -> refused = true
        :: (uses & ROOM) && (busy & ON(span, 3)) -> refused = true
        :: (uses & PATIENT) && (busy & ON(span, 4)) -> refused = true
        :: (uses & FIRST) && (span & busy & (LANES == 1 -> 7 : busy >> 3)) -> refused = true
        :: else ->
            if
            :: (uses & FIRST) && LANES == 2 && (busy & span) && !(busy & ON(span, 1)) -> lane1 = span
            :: (uses & FIRST) && LANES == 2 && (busy & span) -> lane1 = busy & span /* cut */
            :: else -> skip
            fi
        fi
    }
}

/* Whether all that is wanted is free of others at this moment, what is being written included. */
inline judge() {
    d_step {
        busy = 0; i = 0;
        do
        :: i < OWNERS ->
            if
            :: (ignored >> i) & 1 -> skip
            :: lck[i] != 0 && lck[i] != me + 1 -> busy = busy | com[i] | pend[i]
            :: expires[i] == 0 || expires[i] > mine -> busy = busy | com[i]
            :: else -> skip
            fi;
            i++
        :: else -> break
        od;
        i = 0;
        place();
        free[me] = !refused;
        refused = false; busy = 0; lane1 = 0
    }
}

#ifdef DETECTOR
/* Who waits in a circle: PostgreSQL ends one of the transactions, and PostgresDatabase runs its closure again. */
#define DETECTED :: timeout -> goto circle
#else
#define DETECTED
#endif

/* A row about to be written meets another transaction's, whose end decides: PostgreSQL waits for it. */
#define MEETS(o, rows) (lck[o] != 0 && lck[o] != me + 1 && ((com[o] | pend[o]) & (rows)))
#define WAITS(rows) (MEETS(0, rows) || MEETS(1, rows) || MEETS(2, rows) || MEETS(3, rows) || MEETS(4, rows) \
    || MEETS(5, rows))
#define STANDS(o, rows) (lck[o] == 0 && (com[o] & (rows)))
#define TAKEN(rows) (STANDS(0, rows) || STANDS(1, rows) || STANDS(2, rows) || STANDS(3, rows) || STANDS(4, rows) \
    || STANDS(5, rows))

/* One row of `INSERT … ON CONFLICT DO NOTHING`. */
inline insert(rows) {
    if
    :: (rows) == 0 -> skip
    :: else ->
#ifdef UNCONSTRAINED
        /* Broken on purpose: as if what was read were still so. */
        d_step { pend[owner] = pend[owner] | (rows); told(rows) }
#else
        do
        :: atomic { WAITS(rows) -> blocked = true };
            if
            :: atomic { !WAITS(rows) -> blocked = false }
            DETECTED
            fi
        :: atomic { TAKEN(rows) -> tooLate = true; break }
        :: atomic { !WAITS(rows) && !TAKEN(rows) -> pend[owner] = pend[owner] | (rows); told(rows); break }
        od
#endif
    fi
}

/* Attempts of others that want it did not have it free all the time. */
inline told(rows) {
    i = 0;
    do
    :: i < N ->
        if
        :: i != me && (ANYLANE(rows) & wanted[i]) -> free[i] = false
        :: else -> skip
        fi;
        i++
    :: else -> break
    od;
    i = 0
}

/* `DELETE … WHERE owner = o`: waits for who changes these rows, then looks again. */
#define GONE(o, onlyExpired) (com[o] == 0 || ((onlyExpired) && !(expires[o] != 0 && expires[o] <= mine)))
inline delete(o, onlyExpired) {
    if
    :: atomic {
            GONE(o, onlyExpired) || lck[o] == 0 || lck[o] == me + 1;
            if
            :: GONE(o, onlyExpired) -> skip
            :: else -> lck[o] = me + 1; pend[o] = 0
            fi
        }
    DETECTED
    fi
}

inline rollback() {
    d_step {
        i = 0;
        do
        :: i < OWNERS ->
            if
            :: lck[i] == me + 1 -> lck[i] = 0; pend[i] = 0
            :: else -> skip
            fi;
            i++
        :: else -> break
        od;
        i = 0;
        if
        :: keyLock[key] == me + 1 -> keyLock[key] = 0
        :: else -> skip
        fi;
        if
        :: writer == me + 1 -> writer = 0
        :: else -> skip
        fi
    }
}

inline commit() {
    atomic {
        d_step {
            i = 0;
            do
            :: i < OWNERS ->
                if
                :: lck[i] == me + 1 ->
                    com[i] = pend[i]; pend[i] = 0; lck[i] = 0;
                    expires[i] = ((com[i] != 0 && i >= N) -> mine + 1 : 0)
                :: else -> skip
                fi;
                i++
            :: else -> break
            od;
            i = 0;
            done[key] = true; stored[key] = owner; keyLock[key] = 0;
            if
            :: writer == me + 1 -> writer = 0
            :: else -> skip
            fi
        }
        check()
    }
}

/* The server dies here, or it does not. */
#if CRASHES == 0
#define MAYCRASH skip
#else
#define MAYCRASH if :: crashed < CRASHES -> crashed++; goto dead :: skip fi
#endif

/*
 * One client: acts one after the other, each a request under its own key, repeated with the same key when the server
 * died under it. `uses`: what its visits need. `has`: cells of a visit it has from the beginning.
 */
proctype Client(byte me; byte key; byte uses; mtype first) {
    mtype act = first;
    byte acts = 0, tries, mine, ignored, over, owner, span, lane1, i, j;
    short busy, seen;
    bool refused, tooLate, blocked;

wish:
    /* Which cells: two that begin together with the day, two in the end, or the last. */
    if
    :: act == BOOK || act == HOLD || act == MOVE ->
        if :: span = 3 :: span = 6 :: span = 4 fi
    :: else -> skip
    fi;

request:
    skip;
    d_step {
        tries = 0; ignored = 0; over = 0; busy = 0; lane1 = 0; refused = false; tooLate = false; blocked = false;
        owner = (act == HOLD -> N + me : me)
    };
#ifdef SQLITE
    atomic { writer == 0 -> writer = me + 1 };
#endif
    mine = now;

    /* Idempotency.claim: a twin under way is waited for by the key's row. */
    atomic {
        keyLock[key] == 0;
        if
        :: done[key] ->
            assert(com[stored[key]] != 0 || act == HOLD || act == RELEASE || act == CANCEL);
            if
            :: writer == me + 1 -> writer = 0
            :: else -> skip
            fi;
            goto told_so
        :: else -> keyLock[key] = me + 1
        fi
    };
    MAYCRASH;

    /* AppointmentStore.find and HoldStore.find with FOR UPDATE: one act on it after the other; here a client's own. */
    d_step {
        if
        :: act == MOVE -> ignored = 1 << me
        :: act == HOLD -> ignored = 1 << (N + me) /* the earlier hold of the same person */
        :: else -> skip
        fi;
        wanted[me] = (uses & FIRST) * (ON(span, 0) | ON(span, 1)) | ((uses & SECOND) / SECOND) * ON(span, 2) |
            ((uses & ROOM) / ROOM) * ON(span, 3) | ((uses & PATIENT) / PATIENT) * ON(span, 4)
    };

    if
    :: act == BOOK || act == HOLD || act == MOVE ->
        judge();
        if
        :: act == BOOK -> assert(com[me] == 0) /* a request never takes effect twice */
        :: else -> skip
        fi;
        goto choose
    :: act == PASS ->
        /* BookAppointment.book: not after it is over by this server's clock; then IntervalStore.passOn. */
        if
        :: expires[N + me] != 0 && expires[N + me] <= mine -> goto no
        :: else -> skip
        fi;
        if
        :: atomic {
                lck[N + me] == 0;
                if
                :: com[N + me] == 0 -> goto no
                :: else -> lck[N + me] = me + 1; pend[N + me] = 0; lck[me] = me + 1; pend[me] = com[N + me];
                    told(com[N + me]) /* by this clock it was not over, by another's it may have been */
                fi
            }
        DETECTED
        fi;
        goto finish
    :: act == RELEASE -> delete(N + me, false); goto finish
    :: act == CANCEL -> acked[me] = 0; delete(me, false); goto finish
    fi;

choose: /* TimeTaking.choose: one statement; a refused booking has changed nothing */
    atomic {
        look();
        place();
        if
        :: refused -> assert(!free[me]); /* nobody is refused what was free all the time */ goto no
        :: else -> busy = 0
        fi
    };
    MAYCRASH;
    /* What is given up before the new time is taken: IntervalStore.free. */
    if
    :: act == MOVE && tries == 0 -> acked[me] = 0; delete(me, false)
    :: act == HOLD && tries == 0 -> delete(N + me, false)
    :: else -> skip
    fi;
    /* TimeTaking.write: IntervalStore.freeExpired, in the order of ids. */
    do
    :: over != 0 ->
        d_step { j = 0; do :: (over >> j) & 1 -> break :: else -> j++ od };
        delete(j, true);
        d_step { over = over & ~(1 << j); j = 0 }
    :: else -> break
    od;
    atomic { lck[owner] == 0 || lck[owner] == me + 1; lck[owner] = me + 1; tooLate = false };
#ifdef UNORDERED
    /* Broken on purpose: the second client takes the room before the practitioner. */
    if
    :: me == 1 && (uses & ROOM) -> insert(ON(span, 3))
    :: else -> skip
    fi;
#endif
    /* IntervalStore.take: practitioner, room, patient. */
    if
    :: uses & FIRST ->
        if
        :: lane1 < (span & (7 - lane1)) -> insert(ON(lane1, 1)); insert(span & (7 - lane1))
        :: else -> insert(span & (7 - lane1)); insert(ON(lane1, 1))
        fi
    :: else -> skip
    fi;
    if :: uses & SECOND -> insert(ON(span, 2)) :: else -> skip fi;
    MAYCRASH;
#ifdef UNORDERED
    if :: me != 1 && (uses & ROOM) -> insert(ON(span, 3)) :: else -> skip fi;
#else
    if :: uses & ROOM -> insert(ON(span, 3)) :: else -> skip fi;
#endif
    if :: uses & PATIENT -> insert(ON(span, 4)) :: else -> skip fi;
    if
    :: tooLate ->
        pend[owner] = 0; /* what was written is taken back */
        tries++;
        if
        :: tries < TRIES -> goto choose
        :: else -> assert(!free[me]); goto no
        fi
    :: else -> skip
    fi;

finish:
    MAYCRASH;
    commit();
#if CRASHES > 0
    if :: crashed < CRASHES -> crashed++; goto again :: skip fi; /* dies before it could say so */
#endif

told_so:
    atomic {
        wanted[me] = 0; free[me] = false; mine = 0; span = 0; lane1 = 0; tries = 0; over = 0; ignored = 0;
        if
        :: act == BOOK && stored[key] == me -> acked[me] = com[me]; assert(acked[me] != 0)
        :: act == PASS || act == MOVE -> acked[me] = com[me]; assert(acked[me] != 0)
        :: else -> skip
        fi;
        check()
    };
    acts++;
    if
    :: acts >= OPS || act == CANCEL || act == RELEASE -> goto over_
    :: else ->
        /* Another act is another request: it has its own key. */
        if
        :: act == HOLD -> if :: act = PASS :: act = RELEASE :: act = HOLD :: goto over_ fi
        :: else -> if :: act = MOVE :: act = CANCEL :: goto over_ fi
        fi;
        done[key] = false;
        goto wish
    fi;

no:
    skip;
    rollback();
    /* A refused move leaves the visit where it was. */
    d_step { mine = 0; span = 0; lane1 = 0; tries = 0; over = 0; ignored = 0; busy = 0; tooLate = false;
        wanted[me] = 0; free[me] = false; acked[me] = (act == MOVE -> com[me] : acked[me]) };
    goto over_;

circle:
    skip;
    rollback();
    wanted[me] = 0; free[me] = false;
    goto request;

dead:
    skip;
    rollback();
again:
    skip;
    wanted[me] = 0; free[me] = false;
    if
    :: goto request /* the same request with the same key */
    :: goto over_   /* nobody asks again */
    fi;

over_:
    ended++
}

/* The recurring work `expired-holds`: HoldStore.sweep. */
proctype Sweep() {
    byte me = N, mine, j = 0, over = 0;
    atomic { TICKS > 0 -> mine = now };
    do
    :: j < N -> delete(N + j, true); j++
    :: else -> break
    od;
    skip;
    d_step {
        j = N;
        do
        :: j < OWNERS ->
            if
            :: lck[j] == me + 1 -> com[j] = 0; pend[j] = 0; lck[j] = 0; expires[j] = 0
            :: else -> skip
            fi;
            j++
        :: else -> break
        od;
        j = 0
    };
    goto over_;
circle:
    skip;
    d_step {
        j = N;
        do
        :: j < OWNERS ->
            if
            :: lck[j] == me + 1 -> pend[j] = 0; lck[j] = 0
            :: else -> skip
            fi;
            j++
        :: else -> break
        od;
        j = 0
    };
over_:
    ended++
}

proctype Clock() {
    do
    :: now < 1 + TICKS -> now++
    :: break
    od
}

/* In the end every time that no visit has can be had: nothing that died under way, and no hold, keeps it for ever. */
proctype Afterwards() {
    byte i = 0;
    ended == ENDS;
    do
    :: i < OWNERS -> assert(lck[i] == 0); assert(i < N || com[i] == 0 || expires[i] <= now + 1); i++
    :: else -> break
    od
}

init {
    atomic {
#if SCENE == 1
        /* Three book at once: a practitioner, a room and a patient that two of them share in turn. */
        run Client(0, 0, FIRST + ROOM + PATIENT, BOOK);
        run Client(1, 1, FIRST + ROOM, BOOK);
        run Client(2, 2, SECOND + ROOM + PATIENT, BOOK);
#elif SCENE == 2
        /* A practitioner who may have two visits at a time (LANES=2); the visits there are lie across. */
        com[2] = ON(4, 0); acked[2] = com[2];
        run Client(0, 0, FIRST, BOOK);
        run Client(1, 1, FIRST, BOOK);
        run Client(2, 2, FIRST, MOVE);
#elif SCENE == 3
        /* Holds that run out (TICKS), are booked, given back, replaced; somebody who wants their time. */
        run Client(0, 0, FIRST, HOLD);
        run Client(1, 1, FIRST, HOLD);
        run Client(2, 2, FIRST, BOOK);
        run Clock();
        run Sweep();
#elif SCENE == 6
        /* The same with one who holds and one who wants the time, for longer. */
        ended = 1;
        run Client(0, 0, FIRST + ROOM, HOLD);
        run Client(2, 2, FIRST + ROOM, BOOK);
        run Clock();
        run Sweep();
#elif SCENE == 4
        /* Two visits are moved or called off while a third is booked. */
        com[0] = ON(1, 0) | ON(1, 3); acked[0] = com[0];
        com[1] = ON(4, 0) | ON(4, 3); acked[1] = com[1];
        run Client(0, 0, FIRST + ROOM, MOVE);
        run Client(1, 1, FIRST + ROOM, MOVE);
        run Client(2, 2, FIRST + ROOM, BOOK);
#elif SCENE == 5
        /* The same request comes twice, under one key, beside another one. */
        run Client(0, 0, FIRST + PATIENT, BOOK);
        run Client(1, 0, FIRST + PATIENT, BOOK);
        run Client(2, 2, FIRST + PATIENT, BOOK);
#endif
        run Afterwards()
    }
}
