import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// Runs a connection's requests on the event loop that owns its socket.
///
/// A request that goes from the loop to a pool thread and back is woken up twice, which costs more than most answers
/// do. Long work leaves the loop (`Route.heavy`), so that it holds up nobody else's connection.
struct LoopChannel: ServerChildChannel {
    let inner: HTTP1Channel
    /// Nil: plain HTTP.
    let tls: TLSListening?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        guard let tls else { return inner.setup(channel: channel, logger: logger) }
        return channel.eventLoop.makeCompletedFuture {
            // The context is asked for with each connection: a renewed certificate counts from the next one on.
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls.context))
        }.flatMap { inner.setup(channel: channel, logger: logger) }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(LoopExecutor(loop: value.channel.eventLoop)) {
            await inner.handle(value: value, logger: logger)
        }
    }
}

extension HTTPServerBuilder {
    static func onLoop(_ tls: TLSListening?) -> HTTPServerBuilder {
        HTTPServerBuilder { LoopChannel(inner: HTTP1Channel(responder: $0), tls: tls) }
    }
}

final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

extension LoopExecutor {
    /// Waits on the event loop that the request runs on, without another thread; elsewhere as any task does.
    static let pause: @Sendable (Duration) async throws -> Void = { duration in
        guard let loop = MultiThreadedEventLoopGroup.currentEventLoop else {
            return try await Task.sleep(for: duration, tolerance: .zero, clock: .continuous)
        }
        let timer = loop.scheduleTask(in: TimeAmount(duration)) {}
        try await withTaskCancellationHandler {
            try await timer.futureResult.get()
        } onCancel: {
            timer.cancel()
        }
    }
}
