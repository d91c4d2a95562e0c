package dev.sottovoce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sottovoce.testing.ExampleShop;
import dev.sottovoce.testing.MemoryKeyStore;
import java.io.File;
import java.math.BigDecimal;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an app in Java can write. */
class JavaCallsTest {
    @TempDir
    File folder;

    @Test
    void numbersEventsAndMoney() throws Exception {
        var config = new Config(ExampleShop.STORE_ID, folder.getPath(), ExampleShop.INSTANCE.getShopKey());
        var keys = new MemoryKeyStore();
        try (var shop = Futures.<Sottovoce>of(c -> Sottovoce.open(config, keys, null, null, c)).get()) {
            assertTrue(shop.status().getUnlocked());
            var bundle = ExampleShop.INSTANCE.bundle(folder);
            Futures.<CatalogReport>of(c -> shop.catalog().install(bundle.getPath(), c)).get();
            var absent = Futures.<CatalogReport>of(c -> shop.catalog().install("/nowhere", c));
            var failed = assertThrows(ExecutionException.class, absent::get);
            assertInstanceOf(SottovoceException.File.class, failed.getCause());
            var shelf = shop.ranking().recommend(new RecommendRequest("home", 3));
            assertEquals(3, shelf.getItems().size());
            var item = new EventItem(shelf.getItems().get(0).getItemId(), 2);
            var event = Event.Companion.purchase(List.of(item));
            var outcome = Futures.<TrackOutcome>of(c -> shop.events().track(event, c)).get();
            assertTrue(outcome instanceof TrackOutcome.Dropped);
            assertEquals(new BigDecimal("12.99"), ValuesKt.getAmount(new Money(1299, "EUR")));
            var none = assertThrows(
                    SottovoceException.InvalidArgument.class,
                    () -> shop.ranking().recommend(new RecommendRequest("home", 0)));
            assertTrue(none.getMessage().startsWith("limit cannot be used: "), none.getMessage());
        }
    }
}
