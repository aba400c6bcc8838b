/** The NBD protocol's numbers (the protocol document of the NBD project). Everything is big-endian. */
export const magic = {
  greeting: 0x4e42444d41474943n,
  option: 0x49484156454f5054n,
  optionReply: 0x3e889045565a9n,
  request: 0x25609513,
  reply: 0x67446698,
} as const;

export const handshake = { fixedNewstyle: 1, noZeroes: 2 } as const;

export const option = { exportName: 1, abort: 2, list: 3, startTls: 5, info: 6, go: 7 } as const;

export const optionReply = {
  ack: 1,
  server: 2,
  info: 3,
  unsupported: 0x80000001,
  policy: 0x80000002,
  invalid: 0x80000003,
  tlsRequired: 0x80000005,
  unknown: 0x80000006,
  tooBig: 0x80000009,
} as const;

export const info = { export: 0, blockSize: 3 } as const;

export const transmission = {
  hasFlags: 1,
  readOnly: 2,
  sendFlush: 4,
  sendFua: 8,
  sendTrim: 32,
  sendWriteZeroes: 64,
  canMultiConn: 256,
} as const;

export const command = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4, writeZeroes: 6 } as const;
export const commandFlag = { fua: 1 } as const;

export const failure = { none: 0, notPermitted: 1, io: 5, invalid: 22, noSpace: 28 } as const;
