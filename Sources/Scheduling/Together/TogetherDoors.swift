import Kernel
import PeopleAPI
import SchedulingAPI
import StudioAPI
import TimeZones
import Web

// The ways from the booking dialog to the pages of several visits.

extension ChooseView {
    /// Whether the visit stands by itself so far: neither moved nor booked for another visit or a referral.
    private var mayBeSeveral: Bool { wish.moving == nil && wish.joins == nil && wish.referral == nil }

    /// The visit with all that its type links.
    var tripHref: String? {
        guard mayBeSeveral, client != nil, let type, !type.rules.linked.isEmpty else { return nil }
        var chosen = wish
        chosen.visitType = type.key
        return chosen.address(at: "/booking/trip")
    }

    /// The patient with others.
    var familyHref: String? {
        guard mayBeSeveral, let client, let type else { return nil }
        var pairs = [("person", client.card.id.text), ("type", type.key)]
        if !location.isEmpty { pairs.append(("location", location)) }
        return "/booking/family?" + pairs.map { "\($0.0)=\(FormFields.encode($0.1))" }.joined(separator: "&")
    }
}

extension HeldView {
    /// The held time again and again.
    var seriesHref: String? {
        guard isByItself else { return nil }
        let slot = [hold.visitType, hold.practitioner, hold.location, hold.localStart].joined(separator: "~")
        return several.address(at: "/booking/series", [("slot", slot), ("hold", hold.id.text)])
    }

    /// The held time, or another one, with all that its type links.
    var tripHref: String? {
        guard isByItself, belongs != nil else { return nil }
        var wish = several
        wish.visitType = hold.visitType
        wish.from = visit.local.date
        return wish.address(at: "/booking/trip", [("hold", hold.id.text)])
    }

    private var isByItself: Bool { hold.moving == nil && joins == nil }

    private var several: BookingWish {
        var wish = BookingWish(FormFields())
        wish.need = hold.need
        wish.patient = hold.patient
        return wish
    }
}
