// `bench-state` says what the Node-RED process holds after all garbage has been collected.
const v8 = require('node:v8')
const vm = require('node:vm')

v8.setFlagsFromString('--expose-gc')
const gc = vm.runInNewContext('gc')

module.exports = (RED) => {
  RED.nodes.registerType('bench-state', function BenchState(def) {
    RED.nodes.createNode(this, def)
    this.on('input', (_message, send, done) => {
      // Twice: what is finalised by the first is freed by the second.
      gc()
      setImmediate(() => {
        gc()
        send({ payload: state(RED) })
        done()
      })
    })
  })
}

function state(RED) {
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
  const resources = process.getActiveResourcesInfo()
  const count = (kind) => resources.filter((one) => one === kind).length
  return {
    'heap MB': megabytes(heapUsed),
    'buffers MB': megabytes(external + arrayBuffers),
    'resident MB': megabytes(rss),
    sockets: count('TCPSocketWrap'),
    timers: count('Timeout'),
    handles: resources.length,
    listeners: listeners(process) + listeners(RED.events),
  }
}

function megabytes(bytes) {
  return Math.round(bytes / 104_857.6) / 10
}

function listeners(emitter) {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0)
}
