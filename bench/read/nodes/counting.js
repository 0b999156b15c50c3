// The two ends of every flow that is measured: `bench-begin` starts the clock, `bench-count` stops it after so many
// messages. Plain nodes, because a function node costs more per message than some of what is measured here.
const { writeFileSync } = require('node:fs')
const { Session } = require('node:inspector')
const { monitorEventLoopDelay, performance } = require('node:perf_hooks')
const { getHeapStatistics, setFlagsFromString } = require('node:v8')
const { runInNewContext } = require('node:vm')

/** Messages between two looks at the heap. */
const HEAP_INTERVAL = 512
const MEGABYTE = 1024 * 1024

let measured

module.exports = (RED) => {
  RED.nodes.registerType('bench-begin', function BenchBegin(def) {
    RED.nodes.createNode(this, def)
    this.on('input', (message, send, done) => {
      measured = measure(def.profile)
      send(message)
      done()
    })
  })

  RED.nodes.registerType('bench-count', function BenchCount(def) {
    RED.nodes.createNode(this, def)
    const take = def.perSecond > 0 ? paced(def.perSecond) : (finish) => finish()
    let seen = 0
    this.on('input', (message, send, done) => {
      take(() => {
        seen += 1
        if (seen % HEAP_INTERVAL === 0) measured.lookAtHeap()
        if (seen === def.rows) send({ payload: { rows: seen, ...measured.end() } })
        done()
      })
    })
  })
}

/** @param profile a file for V8's profile of what happens meanwhile; blank: none is made. */
function measure(profile) {
  collectGarbage()
  const endProfile = profile ? startProfile(profile) : () => {}
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const began = performance.now()
  const cpu = process.cpuUsage()
  let heap = 0
  return {
    lookAtHeap: () => {
      heap = Math.max(heap, getHeapStatistics().used_heap_size)
    },
    end: () => {
      const seconds = (performance.now() - began) / 1000
      const { user, system } = process.cpuUsage(cpu)
      delay.disable()
      endProfile()
      return {
        seconds,
        cpuSeconds: (user + system) / 1e6,
        peakMegabytes: process.resourceUsage().maxRSS / 1024,
        heapMegabytes: heap / MEGABYTE,
        delay99: delay.percentile(99) / 1e6,
        delayMost: delay.max / 1e6,
      }
    },
  }
}

/**
 * What starting Node-RED leaves behind is not part of any read; and V8 takes all that is alive during its collection
 * for long-lived, so that everything after it would be allocated as such.
 */
function collectGarbage() {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

/** A flow that takes its time without using the processor, as one that waits for a database does. */
function paced(perSecond) {
  const queue = []
  let timer
  let due = 0
  let last
  const work = () => {
    const now = performance.now()
    due += ((now - last) * perSecond) / 1000
    last = now
    for (; due >= 1 && queue.length > 0; due -= 1) queue.shift()()
    if (queue.length > 0) return
    clearInterval(timer)
    timer = undefined
  }
  return (finish) => {
    queue.push(finish)
    if (timer !== undefined) return
    last = performance.now()
    due = 0
    timer = setInterval(work, 1)
  }
}

function startProfile(file) {
  const session = new Session()
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.setSamplingInterval', { interval: 200 })
  session.post('Profiler.start')
  return () => {
    session.post('Profiler.stop', (error, { profile }) => writeFileSync(file, JSON.stringify(profile)))
    session.disconnect()
  }
}
