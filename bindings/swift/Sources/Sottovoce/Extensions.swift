// The hand-written part of the Swift surface: blocking calls are `async`, and an error says what to do.
import Foundation

extension SottovoceError: LocalizedError, CustomStringConvertible {
    public var errorDescription: String? { description }
}

/// Runs blocking work on a thread of its own, so that it neither blocks the main thread nor one of
/// the few threads that Swift's tasks share.
func blocking<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global(qos: .userInitiated).async {
            continuation.resume(with: Result(catching: work))
        }
    }
}

extension Sottovoce {
    /// Creates an engine and unlocks it: one call of the key store and some disk access, off the main thread.
    /// Keep one engine for each folder and call `shutdown()` before opening another.
    public static func open(
        config: Config, keyStore: KeyStore, transport: Transport? = nil
    ) async throws -> Sottovoce {
        try await blocking {
            try config.prepareFolder()
            let engine = try Sottovoce(config: config, keyStore: keyStore, transport: transport)
            _ = try engine.unlock()
            return engine
        }
    }

    /// Runs anything else that may block off the main thread:
    /// `try await shop.background { try $0.privacy().runMaintenance(allowNetwork: true) }`.
    public func background<T: Sendable>(_ work: @escaping @Sendable (Sottovoce) throws -> T) async throws -> T {
        try await blocking { try work(self) }
    }
}

extension Config {
    /// Creates the folders before anything is stored in them: readable after the first unlock (so that the
    /// system does not terminate a suspended app because of it) and excluded from backups. `Sottovoce.open`
    /// calls it. If you create the engine with `init`, call it before `unlock()`.
    public func prepareFolder() throws {
        try prepare(directory)
        if let widgetDirectory { try prepare(widgetDirectory) }
    }

    /// The shelf that the app stored for its widget, in the widget's own process: opens no database, takes no lock,
    /// loads one key. None if there is no valid one.
    public func readWidgetShelf(_ keyStore: KeyStore) async throws -> WidgetShelf? {
        try await blocking { try widgetShelf(config: self, keyStore: keyStore) }
    }

    private func prepare(_ directory: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        #if os(iOS) || os(tvOS) || os(watchOS) || os(visionOS)
        try FileManager.default.setAttributes(
            [.protectionKey: FileProtectionType.completeUntilFirstUserAuthentication], ofItemAtPath: directory)
        #endif
        #if canImport(Darwin)
        var url = URL(fileURLWithPath: directory, isDirectory: true)
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        try url.setResourceValues(values)
        #endif
    }
}

extension RankingApi {
    /// Makes a shelf and stores it for the widget, in place of the previous one; none if personal ranking is not
    /// allowed. Ask WidgetKit to reload its timelines afterwards.
    public func refreshWidget(_ request: RecommendRequest) async throws -> WidgetShelf? {
        try await blocking { try self.keepForWidget(request: request) }
    }
}

extension EventsApi {
    /// Reports what the user did with some items, by id.
    public func track(_ name: EventName, _ itemIds: String...) async throws -> TrackOutcome {
        let event = Event(name: name, items: itemIds.map { EventItem(itemId: $0) })
        return try await blocking { try self.track(event: event) }
    }
}

extension CatalogApi {
    /// Verifies and installs a signed bundle that the app has downloaded to `path`.
    public func install(_ path: String) async throws -> CatalogReport {
        try await blocking { try self.apply(path: path) }
    }
}
