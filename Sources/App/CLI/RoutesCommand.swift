import HTTPTypes
import Vault
import ArgumentParser
import JSON
import Web

/// `throughline routes`: the doors, for harnesses that try each of them.
struct RoutesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "routes", abstract: "List every route with its access and permission.")

    @OptionGroup var options: DataOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() async throws {
        let platform = try await Platform.open(try await options.settings())
        let routes = platform.routes
        await platform.close()
        guard json else {
            for route in routes {
                Output.line(
                    "\(route.method.rawValue.padding(6)) \(route.path)  \(route.accessName) \(route.permission?.rawValue ?? "")"
                )
            }
            return
        }
        var writer = JSONWriter()
        writer.beginArray()
        for route in routes {
            writer.beginObject()
            writer.field("method", route.method.rawValue)
            writer.field("path", route.path)
            writer.field("access", route.accessName)
            writer.field("permission", ifPresent: route.permission?.rawValue)
            writer.endObject()
        }
        writer.endArray()
        Output.line(String(decoding: writer.bytes, as: UTF8.self))
    }
}

extension Route {
    var accessName: String {
        switch access {
        case .open: "open"
        case .account: "account"
        case .page: "page"
        case .api: "api"
        }
    }
}

extension String {
    fileprivate func padding(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
