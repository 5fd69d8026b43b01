/// Real cities with their zone, some of their area codes and postal codes. A city is drawn in proportion to its number
/// of area codes, so the larger ones hold more people.
struct Places: Sendable {
    struct Place: Sendable {
        let city: String
        let state: String
        let zone: String
        let postalCodes: [String]
    }

    struct AreaCode: Sendable {
        let digits: String
        let place: Place
    }

    let areaCodes: [AreaCode]
    let streets: [String]

    /// All places, or those of the given states.
    init(states: Set<String>) {
        let places = Places.table.split(separator: "\n").flatMap(Places.areaCodes(row:))
        areaCodes = states.isEmpty ? places : places.filter { states.contains($0.place.state) }
        precondition(!areaCodes.isEmpty, "no place of the table lies in \(states.sorted())")
        streets = Places.streetNames.split(whereSeparator: { $0 == "," || $0 == "\n" }).map(String.init)
    }

    private static func areaCodes(row: Substring) -> [AreaCode] {
        let columns = row.split(separator: "|")
        precondition(columns.count == 5, "a row of the places has five columns: \(row)")
        let zone = columns[2].contains("/") ? String(columns[2]) : "America/" + columns[2]
        let codes = columns[4].split(separator: " ").map(String.init)
        let place = Place(city: String(columns[0]), state: String(columns[1]), zone: zone, postalCodes: codes)
        return columns[3].split(separator: " ").map { AreaCode(digits: String($0), place: place) }
    }

    private static var streetNames: String {
        """
        Oak St,Maple Ave,Cedar Ln,Pine St,Elm St,Washington Ave,Lake Dr,Hill Rd,Park Ave,Walnut St,Sunset Blvd
        Lincoln Ave,Jackson St,Church St,Willow Way,River Rd,Meadow Ln,Highland Ave,Forest Dr,Franklin St,Spring St
        Jefferson St,Chestnut St,Adams St,Madison Ave,Birch Ct,Magnolia Ave,Mission Rd,Valley View Dr,Prospect St
        Garden St,Orchard Ln,Broadway,Mill Rd,Union St,Grant Ave,Laurel St,Monroe St,Cherry Ln,Ridge Rd,Sycamore St
        Juniper Ct,Center St,Dogwood Dr,College Ave,Canyon Rd,Pearl St,Hawthorne Pl,Delaware Ave,Liberty St,Aspen Way
        """
    }

    private static var table: String {
        """
        New York|NY|New_York|212 718 917 347 646 929 332|10002 10025 10458 11201 11368
        Hempstead|NY|New_York|516 631|11550 11554
        Yonkers|NY|New_York|914 845|10701 10705
        Albany|NY|New_York|518 838|12203 12208
        Rochester|NY|New_York|585|14607 14620
        Buffalo|NY|New_York|716|14201 14214
        Newark|NJ|New_York|973 862 201 551|07102 07104 07105
        Edison|NJ|New_York|732 848 908|08817 08820
        Philadelphia|PA|New_York|215 267 445|19104 19121 19147
        Allentown|PA|New_York|610 484|18102 18104
        Pittsburgh|PA|New_York|412 878 724|15213 15217 15222
        Boston|MA|New_York|617 857|02115 02118 02130
        Worcester|MA|New_York|508 774|01604 01609
        Lowell|MA|New_York|978 351|01850 01852
        Providence|RI|New_York|401|02906 02908
        Hartford|CT|New_York|860 959|06105 06114
        New Haven|CT|New_York|203 475|06511 06513
        Manchester|NH|New_York|603|03103 03104
        Burlington|VT|New_York|802|05401 05408
        Portland|ME|New_York|207|04101 04103
        Washington|DC|New_York|202 771|20001 20009 20011
        Arlington|VA|New_York|703 571|22201 22204
        Richmond|VA|New_York|804 757|23220 23223
        Silver Spring|MD|New_York|301 240|20901 20910
        Baltimore|MD|New_York|410 443 667|21201 21218 21224
        Wilmington|DE|New_York|302|19801 19805
        Charlotte|NC|New_York|704 980|28202 28205 28277
        Raleigh|NC|New_York|919 984|27601 27610
        Greensboro|NC|New_York|336 743|27401 27405
        Charleston|SC|New_York|843 854|29403 29407
        Atlanta|GA|New_York|404 470 678 770 943|30303 30310 30318 30342
        Jacksonville|FL|New_York|904 324|32205 32210
        Orlando|FL|New_York|407 689 321|32801 32808
        Tampa|FL|New_York|813 656 727|33602 33614
        Miami|FL|New_York|305 786 645|33125 33135 33142 33186
        Fort Lauderdale|FL|New_York|954 754 561|33304 33311
        Cleveland|OH|New_York|216 440|44102 44113
        Columbus|OH|New_York|614 380 740|43201 43205 43215
        Cincinnati|OH|New_York|513 283 937|45202 45219
        Detroit|MI|Detroit|313 248 734 586|48201 48219 48227
        Grand Rapids|MI|Detroit|616 269|49503 49507
        Indianapolis|IN|Indiana/Indianapolis|317 463 765|46201 46203 46220
        Louisville|KY|Kentucky/Louisville|502|40202 40214
        Nashville|TN|Chicago|615 629|37203 37211
        Memphis|TN|Chicago|901|38104 38116
        Birmingham|AL|Chicago|205 659|35203 35211
        Jackson|MS|Chicago|601 769|39201 39206
        New Orleans|LA|Chicago|504 985|70115 70117 70122
        Little Rock|AR|Chicago|501|72202 72204
        Chicago|IL|Chicago|312 773 872|60608 60618 60623 60647
        Naperville|IL|Chicago|630 331 847 224 708|60540 60563
        Milwaukee|WI|Chicago|414 262|53204 53215
        Madison|WI|Chicago|608|53703 53713
        Minneapolis|MN|Chicago|612 952 763|55404 55407 55411
        St. Paul|MN|Chicago|651|55104 55106
        Des Moines|IA|Chicago|515|50310 50315
        St. Louis|MO|Chicago|314 557 636|63104 63118
        Kansas City|MO|Chicago|816 975|64108 64130
        Wichita|KS|Chicago|316|67203 67211
        Omaha|NE|Chicago|402 531|68104 68107
        Sioux Falls|SD|Chicago|605|57103 57104
        Fargo|ND|Chicago|701|58102 58103
        Oklahoma City|OK|Chicago|405 572|73106 73109
        Tulsa|OK|Chicago|918 539|74104 74105
        Houston|TX|Chicago|713 281 832 346|77004 77036 77072 77081
        Dallas|TX|Chicago|214 469 972|75204 75211 75228
        Fort Worth|TX|Chicago|817 682|76104 76110
        Austin|TX|Chicago|512 737|78702 78741 78745
        San Antonio|TX|Chicago|210 726|78201 78207 78228
        McAllen|TX|Chicago|956|78501 78503
        El Paso|TX|Denver|915|79901 79912 79936
        Denver|CO|Denver|303 720 983|80204 80205 80219
        Colorado Springs|CO|Denver|719|80903 80909
        Albuquerque|NM|Denver|505|87102 87105 87121
        Salt Lake City|UT|Denver|801 385|84102 84116
        Boise|ID|Boise|208 986|83702 83705
        Billings|MT|Denver|406|59101 59102
        Cheyenne|WY|Denver|307|82001 82009
        Phoenix|AZ|Phoenix|602 480 623|85006 85009 85031 85041
        Tucson|AZ|Phoenix|520|85705 85713
        Las Vegas|NV|Los_Angeles|702 725|89101 89110 89121
        Reno|NV|Los_Angeles|775|89502 89512
        Los Angeles|CA|Los_Angeles|213 310 323 424 818 747|90004 90011 90023 90044 91331
        Long Beach|CA|Los_Angeles|562 626|90802 90805
        Anaheim|CA|Los_Angeles|714 657 949|92801 92804
        Riverside|CA|Los_Angeles|951 909 840|92501 92503
        Bakersfield|CA|Los_Angeles|661|93304 93306
        San Diego|CA|Los_Angeles|619 858 760 442|92102 92105 92113 92154
        Fresno|CA|Los_Angeles|559|93702 93722
        Stockton|CA|Los_Angeles|209|95205 95206
        Sacramento|CA|Los_Angeles|916 279 530|95820 95823
        San Francisco|CA|Los_Angeles|415 628 650|94103 94110 94112
        Oakland|CA|Los_Angeles|510 341 925|94601 94606 94612
        San Jose|CA|Los_Angeles|408 669|95112 95116 95127
        Portland|OR|Los_Angeles|503 971|97202 97206 97233
        Eugene|OR|Los_Angeles|541 458|97401 97402
        Seattle|WA|Los_Angeles|206 425|98103 98118 98144
        Tacoma|WA|Los_Angeles|253 360 564|98404 98405
        Spokane|WA|Los_Angeles|509|99201 99207
        Anchorage|AK|Anchorage|907|99501 99508
        Honolulu|HI|Pacific/Honolulu|808|96814 96817 96819
        """
    }
}
