import Web
import Trust
import ArgumentParser
import Kernel
import Spine
import Vault

/// `throughline rebuild NAME`: derive anew what a subscriber derives.
struct RebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Derive a subscriber's tables anew from the event log.")

    @Argument(help: ArgumentHelp("The subscriber's name; without one the names are listed.", valueName: "NAME"))
    var name: String?

    @OptionGroup var options: DataOptions

    func run() async throws {
        let platform = try await Platform.open(try await options.settings())
        let subscribers = platform.capabilities.flatMap(\.subscribers)
        guard let name else {
            for subscriber in subscribers { Output.line(subscriber.name) }
            await platform.close()
            return
        }
        guard let subscriber = subscribers.first(where: { $0.name == name }) else {
            throw ValidationError("There is no subscriber \(name). Run without a name to list them.")
        }
        let spine = platform.installation.spine
        for tenant in try await platform.installation.tenants.all() {
            let count = try await spine.run(
                "rebuild", tenant: tenant, purpose: .systemMaintenance, permissions: subscriber.permissions,
                origin: "cli"
            ) { caller in
                let count = try await spine.rebuild(subscriber, as: caller)
                return (count, count)
            }
            Output.line("\(name): \(count) events read")
        }
        await platform.close()
    }
}
