import { lookup as systemLookup, type LookupAddress, type LookupOptions } from "node:dns";
import { OutboundFailure } from "./failure.ts";
import { isPublicAddress } from "./addresses.ts";

export type Resolve = (
  host: string,
  options: LookupOptions & { all: true },
  done: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

type Done = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/**
 * A `lookup` for node:net that hands on public addresses only. What it hands on is what is connected to: a name that
 * resolves to something else a moment later changes nothing.
 */
export const checkedLookup =
  (resolve: Resolve) =>
  (host: string, options: LookupOptions, done: Done): void => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, []);
      // One private address among public ones is enough: names that mean two places are not to be trusted.
      if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address)))
        return done(new OutboundFailure("forbidden", "the host resolves to an address that is not public"), []);
      if (options.all) return done(null, addresses);
      const [first] = addresses;
      return done(null, first!.address, first!.family);
    });
  };

export const publicLookup: ReturnType<typeof checkedLookup> = checkedLookup(systemLookup);
