// A year in a test: the user allows, looks around, and is asked again when the consent has run out.
import dev.sottovoce.*
import dev.sottovoce.testing.ScriptedUser
import dev.sottovoce.testing.TestShop
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Test
import kotlin.time.Duration.Companion.days

class ShopTest {
    @Test fun aYearLaterTheUserIsAskedAgain() = runTest {
        TestShop.open().use { shop ->
            val user = ScriptedUser(shop)
            user.allowsPersonalShelves()
            user.views("CL1-BL-S", "CL1-WH-S")
            shop.clock.advance(365.days)
            shop.engine.privacy().runMaintenance(false)
            assertNotNull(shop.engine.consent().pendingPrompt("en"))
        }
    }
}
