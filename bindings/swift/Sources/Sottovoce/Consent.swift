// Consent and the user's data: blocking calls are `async`.
import Foundation

extension ConsentApi {
    /// Gives consent to some purposes.
    public func give(_ purposes: Purpose..., surface: String, locale: String) async throws -> Receipt {
        try await give(purposes, surface: surface, locale: locale)
    }

    /// Gives consent to some purposes.
    public func give(_ purposes: [Purpose], surface: String, locale: String) async throws -> Receipt {
        try await answer(purposes, .give, surface, locale)
    }

    /// Denies some purposes. First erases the data of what was allowed.
    public func refuse(_ purposes: Purpose..., surface: String, locale: String) async throws -> Receipt {
        try await refuse(purposes, surface: surface, locale: locale)
    }

    /// Denies some purposes. First erases the data of what was allowed.
    public func refuse(_ purposes: [Purpose], surface: String, locale: String) async throws -> Receipt {
        try await answer(purposes, .refuse, surface, locale)
    }

    /// Gives consent to every purpose of the notice.
    public func acceptEverything(surface: String, locale: String) async throws -> Receipt {
        try await blocking { try self.acceptAll(surface: surface, locale: locale) }
    }

    /// Denies every purpose of the notice. First erases the data of what was allowed.
    public func refuseEverything(surface: String, locale: String) async throws -> Receipt {
        try await blocking { try self.refuseAll(surface: surface, locale: locale) }
    }

    /// Records the answer about one sensitive topic, from its own screen.
    public func answer(
        _ tag: SensitiveTag, _ choice: Choice, surface: String, locale: String
    ) async throws -> Receipt {
        try await blocking {
            try self.answerSensitive(tag: tag, choice: choice, surface: surface, locale: locale)
        }
    }

    /// Withdraws consent. When this returns, the data of these purposes cannot be read any more.
    public func withdraw(_ purposes: Purpose..., surface: String, locale: String) async throws -> ErasureReport {
        try await withdraw(purposes, surface: surface, locale: locale)
    }

    /// Withdraws consent. When this returns, the data of these purposes cannot be read any more.
    public func withdraw(_ purposes: [Purpose], surface: String, locale: String) async throws -> ErasureReport {
        try await blocking { try self.withdraw(purposes: purposes, surface: surface, locale: locale) }
    }

    /// Verifies a signed policy and installs it if it is newer than the one in use.
    public func installPolicy(_ signed: Data) async throws -> PolicyDiff {
        try await blocking { try self.applyPolicy(policy: signed) }
    }

    /// Imports answers of another device: a denial counts, consent is only offered.
    public func takeOver(_ answers: [CarriedAnswer]) async throws -> ImportOutcome {
        try await blocking { try self.importAnswers(answers: answers) }
    }

    private func answer(
        _ purposes: [Purpose], _ choice: Choice, _ surface: String, _ locale: String
    ) async throws -> Receipt {
        let choices = purposes.map { PurposeChoice(purpose: $0, choice: choice) }
        return try await blocking { try self.record(choices: choices, surface: surface, locale: locale) }
    }
}

extension DataApi {
    /// All stored data about the user as one JSON document. Authenticate the user before you hand it out.
    public func copy() async throws -> String {
        try await blocking { try self.export() }
    }

    /// Erases all data and all answers. A second call removes the receipt of the erasure.
    public func eraseEverything() async throws -> ErasureReport {
        try await blocking { try self.erase(scope: .everything) }
    }

    /// Erases the data of one purpose; the answer stays.
    public func erase(_ purpose: Purpose) async throws -> ErasureReport {
        try await blocking { try self.erase(scope: .dataOf(purpose: purpose)) }
    }

    /// Erases the data about one sensitive topic; the answer stays.
    public func erase(_ tag: SensitiveTag) async throws -> ErasureReport {
        try await blocking { try self.erase(scope: .dataAbout(tag: tag)) }
    }
}
