import dagsterpipes.Pipes
import java.io.File

fun main(args: Array<String>) {
    Pipes.run(args) { pipes ->
        val orders = File(pipes.extra("path", String::class.java)).readLines().drop(1)
        pipes.log().info("read ${orders.size} orders")
        pipes.reportAssetMaterialization(mapOf("rows" to orders.size, "columns" to listOf("id", "price")))
        pipes.reportAssetCheck("no_nulls", orders.none { it.startsWith(",") })
    }
}
