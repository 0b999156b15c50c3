// `bench-burst` sends so many messages at once and starts the clock, `bench-tally` stops it when all of them have come
// out of the flow, as answers or as errors.
const { performance } = require('node:perf_hooks')

let began = 0
let cpu
let left = 0
let outcomes = []

module.exports = (RED) => {
  RED.nodes.registerType('bench-burst', function BenchBurst(def) {
    RED.nodes.createNode(this, def)
    this.on('input', ({ origin, messages }, send, done) => {
      left = messages
      outcomes = []
      began = performance.now()
      cpu = process.cpuUsage()
      for (let index = 0; index < messages; index += 1) {
        send({
          index,
          key: `item-${index}`,
          ...(def.ids === undefined ? {} : { target: def.ids[index % def.ids.length] }),
          url: `${origin}/users/item-${index}`,
          payload: { displayName: `Item ${index}`, ...fields(def, index) },
        })
      }
      done()
    })
  })

  RED.nodes.registerType('bench-tally', function BenchTally(def) {
    RED.nodes.createNode(this, def)
    this.on('input', (message, send, done) => {
      const { index, error, graph, statusCode } = message
      outcomes[index] = error === undefined ? statusOf(graph, statusCode) : error.code
      if (graph?.outcome === 'unknown') outcomes[index] = 'unknown'
      left -= 1
      if (left === 0) {
        const seconds = (performance.now() - began) / 1000
        const { user, system } = process.cpuUsage(cpu)
        send({ payload: { seconds, cpuSeconds: (user + system) / 1e6, outcomes } })
      }
      done()
    })
  })
}

function statusOf(graph, statusCode) {
  return graph?.statusCode ?? statusCode ?? 'answered'
}

/** What a user needs to be created. */
function fields({ create }, index) {
  if (!create) return {}
  return {
    accountEnabled: true,
    mailNickname: `bench${index}`,
    userPrincipalName: `bench${index}@${create}`,
    passwordProfile: { password: 'xWwvJ]6NMw+bWH-d', forceChangePasswordNextSignIn: true },
  }
}
