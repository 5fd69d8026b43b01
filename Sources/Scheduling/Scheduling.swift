package import ConversationsAPI
package import Kernel
package import PeopleAPI
import SchedulingAPI
import Spine
import Store
package import Vault
package import Web

/// The Scheduling area: which times can be offered, holds, appointments, what patients are told about them, the day.
package struct Scheduling: Sendable {
    package let desk: SchedulingDesk
    let staff: any StaffDirectory
    let shell: @Sendable (WebRequest, SignedIn, _ title: String, _ section: String) -> View
    let panel: @Sendable (WebRequest, SignedIn, ID<Patient>) async throws -> View?
    let search: @Sendable (WebRequest, SignedIn, String) async throws -> [FoundPatient]
    let waitlist: WaitlistDesk
    /// What booking in public and check-in by phone need of other areas; nil: there is neither.
    let doors: SelfServiceDoors?
    /// Nil: there are no words for calendar files, and none are made.
    let calendar: VisitCalendar?
    /// Somebody of the staff with the rights they have now; nil: they are no longer with us.
    let standing: @Sendable (WebRequest, ID<User>) async throws -> Caller?
    /// What stands round a page of somebody who has not signed in.
    let bare: @Sendable (WebRequest, _ title: String) -> View

    /// - Parameters:
    ///   - plans: the compiled rules, shared with the `StoredAppointmentBook` that other areas have.
    ///   - shell: what stands round a page.
    ///   - panel: the view of `patients/panel`, made by the People area; nil shows none.
    ///   - search: the first few patients that a text finds, by the People area's search.
    ///   - proxies: who acts for patients; nil: nobody is known to.
    ///   - catalogue: words for calendar files; nil: none are made.
    ///   - standing: a member of the staff with the rights they have now, for the calendars they have shared.
    ///   - publicBase: where patients reach the practice, for links in messages; nil: they carry none.
    package init(
        plans: SchedulePlans, directory: any PatientDirectory, messaging: any PatientMessaging & NeedLookup,
        staff: any StaffDirectory,
        shell: @escaping @Sendable (WebRequest, SignedIn, _ title: String, _ section: String) -> View,
        panel: @escaping @Sendable (WebRequest, SignedIn, ID<Patient>) async throws -> View?,
        search: @escaping @Sendable (WebRequest, SignedIn, String) async throws -> [FoundPatient] = { _, _, _ in [] },
        bare: @escaping @Sendable (WebRequest, _ title: String) -> View = { _, _ in View() }, publicBase: String? = nil,
        doors: SelfServiceDoors? = nil, proxies: (any ProxyReading)? = nil,
        catalogue: Catalogue? = nil,
        standing: @escaping @Sendable (WebRequest, ID<User>) async throws -> Caller? = { _, _ in nil }
    ) {
        calendar = catalogue.map { VisitCalendar(catalogue: $0) }
        self.standing = standing
        desk = SchedulingDesk(plans: plans, directory: directory, messaging: messaging, proxies: proxies)
        self.staff = staff
        self.shell = shell
        self.panel = panel
        self.search = search
        self.bare = bare
        waitlist = WaitlistDesk(desk, publicBase: publicBase)
        self.doors = doors
    }

    package var capabilities: [Capability] {
        [
            Capability("availability", routes: slotRoutes),
            Capability(
                "booking",
                schema: [
                    BookingSchema.intervals, BookingSchema.holds, BookingSchema.holdsOfPatients, BookingSchema.visits,
                    BookingSchema.changes,
                ],
                tables: BookingDisposal.bookingTables, recurring: [expiredHolds, oldChanges],
                routes: bookingRoutes + togetherRoutes),
            Capability(
                "appointments",
                schema: [
                    AppointmentSchema.appointments, AppointmentSchema.reminderPlans, AppointmentSchema.labels,
                    AppointmentSchema.missedReasons, ChainStore.schema,
                ],
                tables: BookingDisposal.appointmentTables + ChainStore.tables,
                routes: appointmentAPI + appointmentRoutes + linkedVisitRoutes, seals: [AppointmentNote.sealKind],
                permissions: [.appointmentRead, .appointmentWrite]),
            Capability(
                "reminders", schema: [NoticeSchema.notices, NoticeSchema.reminders],
                tables: BookingDisposal.noticeTables,
                subscribers: [NoticePlanning(desk: desk).subscriber],
                timers: [
                    NoticeSending(
                        desk: desk, links: VisitLinks(publicBase: waitlist.publicBase), calendar: calendar
                    ).handler
                ]),
            Capability(
                "zone-changes", schema: [ZoneChangeSchema.changes], tables: ZoneChangeSchema.tables,
                recurring: [zoneChanges], routes: zoneChangeRoutes),
            Capability("schedule-day", routes: dayRoutes, permissions: [.scheduleRead]), arrivals, referrals,
            Capability(
                "calendar-feeds", schema: [FeedStore.schema], tables: FeedStore.tables, routes: feedRoutes,
                permissions: [.calendarShare]),
            Capability(
                "waitlist", schema: [WaitlistSchema.tables, WaitlistSchema.messages], tables: WaitlistSchema.rules,
                subscribers: [
                    WaitlistOpenings(waitlist: waitlist).subscriber, UndeliveredOffers(waitlist: waitlist).subscriber,
                ],
                timers: [WaitlistOffering(waitlist: waitlist).handler] + OfferReplies.handlers(waitlist),
                routes: waitlistRoutes + waitlistAPI + offerLinkRoutes, permissions: [.waitlistRead, .waitlistWrite]),
            Capability(
                "bump", schema: [BumpSchema.tables, BumpSchema.messages], tables: BumpSchema.rules,
                subscribers: BumpMachine(bump: bump).subscribers, timers: BumpMachine(bump: bump).handlers,
                routes: bumpRoutes + bumpAPI + bumpLinkRoutes, permissions: [.bumpRead, .bumpWrite]),
            Capability(
                "text-booking", schema: [TextBookingSchema.tables], tables: TextBookingSchema.rules,
                subscribers: [TextBookingDesk(desk: desk).undelivered],
                timers: TextBookingDesk(desk: desk).handlers),
            capacity, exchange,
        ] + selfService
    }

    /// What patients do themselves, from a telephone.
    private var selfService: [Capability] {
        [
            Capability(
                "visit-links", schema: [LatenessStore.schema], tables: LatenessStore.tables, routes: visitLinkRoutes),
            Capability(
                "check-in", schema: [CheckInStore.schema], tables: CheckInStore.tables,
                routes: doors.map(checkInRoutes) ?? [], seals: [CheckInContent.sealKind]),
            Capability(
                "public-booking", schema: [PublicBookingStore.schema], tables: PublicBookingStore.tables,
                recurring: [oldPublicBookings],
                routes: lookAlikeRoutes + (doors.map(publicBookingRoutes) ?? [])),
        ]
    }

    private var oldPublicBookings: Recurring {
        Recurring("old-public-bookings", every: .hours(1)) { spine, tenant in
            let before = spine.clock.now() - .days(2)
            return try await spine.database.write(tenant) {
                try PublicBookingStore.sweep(before: before, limit: 500, in: $0)
            }
        }
    }

    /// What searches have followed long ago.
    private var oldChanges: Recurring {
        Recurring("old-interval-changes", every: .minutes(10)) { spine, tenant in
            try await spine.database.write(tenant) { try IntervalChanges.tidy(in: $0) }
        }
    }

    /// Holds free their time at once by comparing clocks; this tidies their rows away.
    private var expiredHolds: Recurring {
        Recurring("expired-holds", every: .seconds(60)) { spine, tenant in
            let now = spine.clock.now()
            let due = try await spine.database.read(tenant) { try HoldStore.anyOver(before: now, in: $0) }
            guard due else { return 0 }
            return try await spine.database.write(tenant) { try HoldStore.sweep(before: now, limit: 500, in: $0) }
        }
    }
}
