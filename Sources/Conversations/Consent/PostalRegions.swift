/// Which state the first three digits of a postal code lie in: where the patient lives, as far as it is plain.
/// Source: USPS Publication 65, three-digit ZIP Code prefixes. Military and unused prefixes have none.
enum PostalRegions {
    static func state(_ region: String) -> String? {
        guard region.utf8.count == 3, let prefix = Int(region) else { return nil }
        return ranges.first { $0.prefixes.contains(prefix) }?.state
    }

    private static let ranges: [(prefixes: ClosedRange<Int>, state: String)] = text.split(separator: "\n").flatMap {
        line -> [(prefixes: ClosedRange<Int>, state: String)] in
        let parts = line.split(separator: " ")
        return parts.dropFirst().compactMap { part in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last else { return nil }
            return (first...last, String(parts[0]))
        }
    }

    private static let text = """
        PR 6-7 9
        VI 8
        MA 10-27 55
        RI 28-29
        NH 30-38
        ME 39-49
        VT 50-54 56-59
        CT 60-69
        NJ 70-89
        NY 5 63 100-149
        PA 150-196
        DE 197-199
        DC 200 202-205
        MD 206-219
        VA 201 220-246
        WV 247-268
        NC 270-289
        SC 290-299
        GA 300-319 398-399
        FL 320-339 341-342 344 346-347 349
        AL 350-352 354-369
        TN 370-385
        MS 386-397
        KY 400-427
        OH 430-459
        IN 460-479
        MI 480-499
        IA 500-516 520-528
        WI 530-532 534-535 537-549
        MN 550-551 553-567
        SD 570-577
        ND 580-588
        MT 590-599
        IL 600-620 622-629
        MO 630-631 633-641 644-658
        KS 660-662 664-679
        NE 680-681 683-693
        LA 700-701 703-708 710-714
        AR 716-729
        OK 730-731 734-741 743-749
        TX 733 750-770 772-799 885
        CO 800-816
        WY 820-831
        ID 832-838
        UT 840-847
        AZ 850-853 855-857 859-860 863-865
        NM 870-871 873-875 877-884
        NV 889-891 893-895 897-898
        CA 900-908 910-928 930-961
        HI 967-968
        OR 970-979
        WA 980-986 988-994
        AK 995-999
        """
}
