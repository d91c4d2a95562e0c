// swift-tools-version: 6.0
// From nothing to a shelf with titles. Before: bindings/generate.sh swift
import PackageDescription

let package = Package(
    name: "Sample",
    platforms: [.macOS(.v12)],
    dependencies: [.package(name: "Sottovoce", path: "..")],
    targets: [
        .executableTarget(
            name: "Sample",
            dependencies: [
                .product(name: "Sottovoce", package: "Sottovoce"),
                .product(name: "SottovoceTesting", package: "Sottovoce"),
            ])
    ]
)
