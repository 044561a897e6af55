import dagsterpipes.Pipes

Pipes.run(args) { pipes ->
    def orders = new File(pipes.extra('path')).readLines().drop(1)
    pipes.log().info("read ${orders.size()} orders")
    pipes.reportAssetMaterialization(rows: orders.size(), columns: ['id', 'price'])
    pipes.reportAssetCheck('no_nulls', orders.every { !it.startsWith(',') })
}
