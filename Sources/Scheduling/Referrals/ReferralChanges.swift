package import Kernel
package import PeopleAPI
package import SchedulingAPI
package import Spine
import Store
package import StudioAPI
import TimeZones
package import Vault

/// Gives a referral to somebody, or to nobody.
package struct AssignReferral: Command {
    package static let permission = Permission.referralWrite
    let id: ID<Referral>
    let owner: ID<User>?
    let desk: SchedulingDesk
    let staff: any StaffDirectory

    package init(_ id: ID<Referral>, to owner: ID<User>?, desk: SchedulingDesk, staff: any StaffDirectory) {
        self.id = id
        self.owner = owner
        self.desk = desk
        self.staff = staff
    }

    package func run(_ context: CommandContext) throws -> ReferralAnswer {
        let row = try desk.referral(id, in: context)
        guard row.stage != .closed else { throw ReferralRefusal.closed.fault }
        if let owner, try !staff.active(in: context.transaction).contains(where: { $0.id == owner }) {
            throw Fault.invalid("owner", "Nobody who works here.")
        }
        guard row.owner != owner else { return ReferralAnswer(row, changed: false) }
        var new = row
        new.owner = owner
        new.version += 1
        try ReferralChange.write(&new, from: row, .assigned, desk: desk, in: context)
        return ReferralAnswer(new)
    }
}

/// Changes what is known of an open referral. What is nil stays as it is.
package struct DescribeReferral: Command {
    package static let permission = Permission.referralWrite
    let id: ID<Referral>
    package var priority: NeedPriority?
    package var authorization: ReferralAuthorization?
    package var authorizationNumber: String?
    package var authorizedFrom: String?
    package var authorizedTo: String?
    package var expiresOn: String?
    let desk: SchedulingDesk

    package init(_ id: ID<Referral>, desk: SchedulingDesk) {
        self.id = id
        self.desk = desk
    }

    package func validate() throws {
        for (path, day) in [
            ("authorizedFrom", authorizedFrom), ("authorizedTo", authorizedTo), ("expiresOn", expiresOn),
        ] {
            if let day, CivilDate(iso: day) == nil { throw Fault.invalid(path, "A day such as 2026-11-30.") }
        }
        if let number = authorizationNumber, number.count > ReferralContent.longestName {
            throw Fault.invalid("authorizationNumber", "At most \(ReferralContent.longestName) characters.")
        }
    }

    package func run(_ context: CommandContext) throws -> ReferralAnswer {
        let row = try desk.referral(id, in: context)
        guard row.stage != .closed else { throw ReferralRefusal.closed.fault }
        var new = row
        new.priority = priority ?? row.priority
        new.authorization = authorization ?? row.authorization
        new.authorizedFrom = authorizedFrom ?? row.authorizedFrom
        new.authorizedTo = authorizedTo ?? row.authorizedTo
        if let from = new.authorizedFrom, let to = new.authorizedTo, from > to {
            throw Fault.invalid("authorizedTo", "It ends before it begins.")
        }
        new.expiresOn = expiresOn ?? row.expiresOn
        new.version += 1
        if let number = authorizationNumber {
            new.sealed = try desk.rewrite(row, in: context) { $0.authorizationNumber = number }
        }
        try ReferralChange.write(&new, from: row, .described, desk: desk, in: context)
        return ReferralAnswer(new)
    }
}

/// Keeps a paper with a referral: what was asked, or what came back. A JPEG, PNG, GIF, WebP or PDF.
package struct FileReferralDocument: Command {
    package static let permission = Permission.referralWrite
    let id: ID<Referral>
    let kind: String
    let bytes: [UInt8]
    let name: String?
    let desk: SchedulingDesk

    package init(_ id: ID<Referral>, kind: String, _ bytes: [UInt8], name: String?, desk: SchedulingDesk) {
        self.id = id
        self.kind = kind
        self.bytes = bytes
        self.name = name
        self.desk = desk
    }

    package func validate() throws {
        if ReferralDocument.Kind(rawValue: kind) == nil { throw Fault.invalid("kind", "One of request, report.") }
        if let name, name.count > ReferralContent.longestName {
            throw Fault.invalid("name", "At most \(ReferralContent.longestName) characters.")
        }
    }

    package func run(_ context: CommandContext) throws -> Int64 {
        let row = try desk.referral(id, in: context)
        guard let kind = ReferralDocument.Kind(rawValue: kind), let type = MediaType(sniffing: bytes) else {
            throw Fault(
                .unsupported, "blob.type", "This kind of file is not accepted.",
                remedy: "Send a JPEG, PNG, GIF, WebP or PDF.")
        }
        guard try ReferralStore.documents(of: id, in: context.transaction).count < 50 else {
            throw Fault(.conflict, "referral.documents", "A referral has at most 50 papers.")
        }
        let blob: ID<Blob> = context.newID()
        try Blobs.put(
            bytes, name: name, subject: row.keySubject, id: blob, vault: context.vault, at: context.now,
            in: context.transaction)
        let document = ReferralDocument(
            id: context.ids.nextRaw(), referral: id, blob: blob, kind: kind, mediaType: type.rawValue,
            size: bytes.count, addedAt: context.now, addedBy: context.caller.actor)
        try ReferralStore.insert(document, patient: row.patient, in: context.transaction)
        context.emit(ReferralChange.told(.documentAdded, row))
        return document.id
    }
}

/// Keeps a time that is held in mind for a referral: when it is booked, the visit is booked for it.
package struct ChooseReferralTime: Command {
    package static let permission = Permission.referralWrite
    let id: ID<Referral>
    let hold: ID<SlotHold>
    let desk: SchedulingDesk

    package init(_ id: ID<Referral>, hold: ID<SlotHold>, desk: SchedulingDesk) {
        self.id = id
        self.hold = hold
        self.desk = desk
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let row = try desk.referral(id, in: context)
        guard row.stage.isBeforeSeen else {
            throw row.stage == .closed ? ReferralRefusal.closed.fault : ReferralRefusal.alreadySeen.fault
        }
        guard let held = try HoldStore.find(hold, in: context.transaction), let patient = held.patient,
            try desk.directory.set(of: row.patient, in: context.transaction).members.contains(patient)
        else { throw Fault.notFound("hold") }
        try ReferralStore.setHold(hold.raw, of: id, in: context.transaction)
        return true
    }
}
