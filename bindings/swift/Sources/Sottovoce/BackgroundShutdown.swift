// An app that is suspended holds no lock and no key.
import Foundation

/// Closes an engine when the app goes to the background and opens it again when the app returns. Create
/// one with the engine and keep it as long. Work in the background calls `unlock()` at its start and
/// `shutdown()` at its end.
public final class BackgroundShutdown: @unchecked Sendable {
    // By name rather than through UIKit, so that it also serves extensions.
    static let leaving = [
        Notification.Name("UIApplicationDidEnterBackgroundNotification"),
        Notification.Name("NSExtensionHostDidEnterBackgroundNotification"),
    ]
    static let returning = [
        Notification.Name("UIApplicationWillEnterForegroundNotification"),
        Notification.Name("NSExtensionHostWillEnterForegroundNotification"),
    ]

    private let tokens: [any NSObjectProtocol]

    public init(of engine: SottovoceEngine) {
        let center = NotificationCenter.default
        tokens =
            Self.leaving.map { name in
                center.addObserver(forName: name, object: nil, queue: nil) { _ in close(engine) }
            }
            + Self.returning.map { name in
                center.addObserver(forName: name, object: nil, queue: nil) { _ in
                    Task(priority: .userInitiated) { try? await engine.unlock() }
                }
            }
    }

    deinit {
        tokens.forEach(NotificationCenter.default.removeObserver)
    }
}

/// Closes the engine before the process can be suspended; what denies or erases comes to its end first.
private func close(_ engine: SottovoceEngine) {
    #if os(iOS) || os(tvOS) || os(watchOS) || os(visionOS)
    ProcessInfo.processInfo.performExpiringActivity(withReason: "closing Sottovoce") { _ in engine.shutdown() }
    #else
    engine.shutdown()
    #endif
}
