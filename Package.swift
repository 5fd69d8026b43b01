// swift-tools-version:6.2
import PackageDescription

/// One line per target. The arrows between targets are the architecture: `Tests/ArchitectureTests` reads them with
/// `swift package dump-package` and fails on one that `ARCHITECTURE.md` does not allow.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let http: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let jwt: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
let tls: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")

let bases: [Target.Dependency] = ["Kernel", "Store", "Vault", "Spine", "Web", "JSON", logging, httpTypes]

func module(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func area(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    module(name, bases + dependencies, exclude: areasWithPages.contains(name) ? ["Templates", "Strings"] : [])
}

/// Areas with templates and texts; both are found at run time, never built in.
let areasWithPages: Set = ["Trust", "People", "Conversations", "Scheduling", "Insights", "Console", "Studio"]

/// What is tested is optimised as it is shipped; the tests themselves need not be, and build in a third of the time. At full
/// size they calculate for hours what they hold the program against.
let testSettings: [SwiftSetting] =
    Context.environment["THROUGHLINE_SLOW"] == nil ? [.unsafeFlags(["-Onone"], .when(configuration: .release))] : []

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name, dependencies: dependencies,
        swiftSettings: strict + testSettings)
}

let package = Package(
    name: "throughline",
    products: [
        .executable(name: "throughline", targets: ["throughline"]),
        .executable(name: "carrier-simulator", targets: ["carrier-simulator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // C libraries of the system
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CBzip2", providers: [.apt(["libbz2-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // formats: pure, import nothing of ours
        module("JSON"),
        module("TimeZones"),
        module("FHIR", ["JSON", "CBzip2", "CZlib"]),
        module("Synthetic"),

        // bases
        module("Kernel"),
        module("Store", ["Kernel"]),
        module(
            "StoreSQLite", ["Kernel", "Store", "CSQLite", grdb, .product(name: "GRDBSQLite", package: "GRDB.swift")]),
        module("StorePostgres", ["Kernel", "Store", "CPostgres"]),
        module("Vault", ["Kernel", "Store", crypto]),
        module("Spine", ["Kernel", "Store", "Vault", "JSON", logging]),
        module(
            "Web",
            [
                "Kernel", "Store", "Vault", "Spine", "JSON", hummingbird, http, logging, httpTypes, nio, lifecycle,
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),

        // what one area offers to the others
        module("StudioAPI", ["Kernel", "Store", "Vault", "TimeZones"]),
        module("PeopleAPI", ["Kernel", "Store", "Vault", "Spine", "TimeZones"]),
        module("ConversationsAPI", ["Kernel", "Store", "Vault", "Spine", "TimeZones"]),
        module("SchedulingAPI", ["Kernel", "Store", "Vault", "Spine", "TimeZones"]),

        // areas
        area(
            "Trust",
            [
                "StudioAPI", "PeopleAPI", "ConversationsAPI", "TimeZones", "CArgon2", crypto, cryptoExtras, jwt, http,
                hummingbird, httpTypes, nio, .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        area("Studio", ["StudioAPI", "PeopleAPI", "TimeZones", yams]),
        area(
            "People",
            ["PeopleAPI", "ConversationsAPI", "SchedulingAPI", "StudioAPI", "TimeZones", "Synthetic", hummingbird]),
        area(
            "Conversations",
            [
                "ConversationsAPI", "PeopleAPI", "StudioAPI", "SchedulingAPI", "TimeZones", "CCurl", crypto, http,
                hummingbird, httpTypes, nio, .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        area(
            "Scheduling",
            ["FHIR", "SchedulingAPI", "ConversationsAPI", "PeopleAPI", "StudioAPI", "TimeZones", hummingbird]),
        area("Interop", ["FHIR", "PeopleAPI", "SchedulingAPI", "StudioAPI", "TimeZones", crypto]),
        area("Insights", ["StudioAPI", "PeopleAPI", "TimeZones", hummingbird]),
        area("Console", ["StudioAPI", "PeopleAPI", "ConversationsAPI", "SchedulingAPI", "TimeZones", hummingbird]),

        // composition
        module(
            "App",
            bases + [
                "StoreSQLite", "StorePostgres", "TimeZones", "FHIR",
                "StudioAPI", "PeopleAPI", "ConversationsAPI", "SchedulingAPI",
                "Trust", "Studio", "People", "Conversations", "Scheduling", "Interop", "Insights", "Console",
                hummingbird, hummingbirdCore, tls, http,
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOTLS", package: "swift-nio"),
                logging,
                configuration, lifecycle, arguments, nio, .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .executableTarget(name: "throughline", dependencies: ["App"], swiftSettings: strict),

        // the other side of the wire, for tests and the demo
        module(
            "CarrierSimulator",
            [
                hummingbird, http, crypto, logging, httpTypes, nio, lifecycle,
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        .executableTarget(
            name: "carrier-simulator", dependencies: ["CarrierSimulator", arguments], swiftSettings: strict),

        // tests
        module("TestKit", bases + ["StoreSQLite", "StorePostgres", "TimeZones", "Studio", "StudioAPI"]),
        module("Oracles", ["Kernel", "TimeZones", "StudioAPI", "Trust", "Scheduling", "TestKit"]),
        tests("JSONTests", ["JSON"]),
        tests("TimeZonesTests", ["TimeZones"]),
        tests("FHIRTests", ["FHIR", "JSON", "CZlib", "CBzip2"]),
        tests("SyntheticTests", ["Synthetic"]),
        tests("KernelTests", ["Kernel"]),
        tests("StoreTests", ["Kernel", "Store", "StoreSQLite", "StorePostgres", "TestKit"]),
        tests("VaultTests", ["Kernel", "Store", "Vault", "TestKit", crypto]),
        tests("SpineTests", bases + ["TestKit"]),
        tests("WebTests", bases + ["TestKit"]),
        tests("ArchitectureTests", bases + ["TestKit", "App", mustache]),
        tests(
            "AreaTests",
            bases + [
                "TestKit", "Oracles", "App", "TimeZones", "StudioAPI", "PeopleAPI", "ConversationsAPI", "SchedulingAPI",
                "Trust", "Studio", "People", "Conversations", "Scheduling", "Interop", "Insights", "Console", "FHIR",
                crypto, cryptoExtras, http, hummingbird, nio, .product(name: "NIOEmbedded", package: "swift-nio"),
            ]),
        tests("CarrierSimulatorTests", ["CarrierSimulator", crypto]),
    ]
)
