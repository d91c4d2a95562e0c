package dev.sottovoce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sottovoce.testing.ExampleShop;
import dev.sottovoce.testing.MemoryKeyStore;
import java.io.File;
import java.math.BigDecimal;
import java.util.List;
import kotlin.coroutines.Continuation;
import kotlin.coroutines.EmptyCoroutineContext;
import kotlinx.coroutines.BuildersKt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an app in Java can write. */
class JavaCallsTest {
    @TempDir
    File folder;

    private interface Call<T> {
        Object with(Continuation<? super T> continuation) throws SottovoceException;
    }

    @SuppressWarnings("unchecked")
    private static <T> T await(Call<T> call) throws InterruptedException {
        return (T) BuildersKt.runBlocking(EmptyCoroutineContext.INSTANCE, (scope, rest) -> {
            try {
                return call.with((Continuation<T>) rest);
            } catch (SottovoceException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void numbersEventsAndMoney() throws Exception {
        var config = new Config(ExampleShop.STORE_ID, folder.getPath(), ExampleShop.INSTANCE.getShopKey());
        try (var shop = new Sottovoce(config, new MemoryKeyStore(), null)) {
            JavaCallsTest.<EngineStatus>await(shop::unlock);
            var bundle = ExampleShop.INSTANCE.bundle(folder);
            JavaCallsTest.<CatalogReport>await(c -> shop.catalog().install(bundle.getPath(), c));
            var shelf = shop.ranking().recommend(new RecommendRequest("home", 3));
            assertEquals(3, shelf.getItems().size());
            var item = new EventItem(shelf.getItems().get(0).getItemId(), 2);
            var event = new Event(EventName.PURCHASE, null, List.of(item));
            TrackOutcome outcome = await(c -> shop.events().track(event, c));
            assertTrue(outcome instanceof TrackOutcome.Dropped);
            assertEquals(new BigDecimal("12.99"), ValuesKt.getAmount(new Money(1299, "EUR")));
            var none = assertThrows(
                    SottovoceException.InvalidArgument.class,
                    () -> shop.ranking().recommend(new RecommendRequest("home", 0)));
            assertTrue(none.getMessage().startsWith("limit cannot be used: "), none.getMessage());
        }
    }
}
