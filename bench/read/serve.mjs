import { startPageServer } from './page-server.mjs'

const { port } = await startPageServer(process.argv[2])
process.send(port)
process.once('disconnect', () => process.exit())
