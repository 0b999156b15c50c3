// Watches the resident set of the process that it runs in, from `begin` to `end`.
let idle = 0
let peak = 0
let watch

module.exports = (RED) => {
  RED.nodes.registerType('bench-memory', function BenchMemory(config) {
    RED.nodes.createNode(this, config)
    this.on('input', (message, send, done) => {
      if (config.action === 'begin') begin()
      else message.memory = end()
      send(message)
      done()
    })
    this.on('close', () => clearInterval(watch))
  })
}

function begin() {
  idle = megabytes()
  peak = idle
  watch = setInterval(() => {
    peak = Math.max(peak, megabytes())
  }, 10)
}

function end() {
  clearInterval(watch)
  return { idle, peak: Math.max(peak, megabytes()), settled: megabytes() }
}

function megabytes() {
  return process.memoryUsage.rss() / 1e6
}
