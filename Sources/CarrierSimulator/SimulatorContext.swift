import HTTPTypes
import Hummingbird
import NIOCore

/// A request's context; it knows the connection, because one of the faults is to drop it.
struct SimulatorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
