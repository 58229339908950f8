import type { Rate } from '../live/rate-limiter.ts';
import type { Venue } from './venue-mapper.ts';

/** How a live feed was asked for. */
export interface Subscription {
  /** As the venue writes them. */
  readonly symbols: readonly string[];
  /** Which of the venue's markets, where it has several. */
  readonly market: string;
}

/** How often a venue may be asked for something. */
export interface VenueRates {
  /** Connections opened. */
  readonly connects: Rate;
  /** Messages sent on one connection. */
  readonly messages: Rate;
  /** REST requests. */
  readonly requests: Rate;
}

/** How a lost book is made whole again. */
export type BookRepair =
  /** A snapshot by REST, under this path. */
  | { readonly by: 'rest'; readonly path: (symbol: string, market: string) => string }
  /** Messages on the connection, which the venue answers with a snapshot. */
  | { readonly by: 'messages'; readonly messages: (symbol: string) => readonly string[] }
  /** A new connection, which begins with one. */
  | { readonly by: 'reconnect' };

/** How to talk to a venue: what a live connector has to know beside the venue's mapper. */
export interface VenueDialect {
  readonly venue: Venue;
  /** Markets, the usual one first; empty where there is only one. */
  readonly markets: readonly string[];
  /** Symbols that `npm start -- --live` takes where none are given. */
  readonly defaultSymbols: readonly string[];
  /** The most symbols that one connection may carry. */
  readonly symbolsMax: number;
  /** Publisher of a market's symbols. */
  publisherId(market: string): number;
  /** Scheme and host of the websocket, and of REST; both can be replaced. */
  websocket(market: string): string;
  rest(market: string): string;
  /** Path of the websocket, with what it names. */
  websocketPath(subscription: Subscription): string;
  /** Paths of the instrument lists that name the symbols. */
  listPaths(subscription: Subscription): readonly string[];
  /** What is sent once the connection is open, in this order. */
  subscribe(subscription: Subscription): readonly string[];
  /** A ticket that a connection needs: a request, and where its answer leads. */
  readonly ticket?: {
    readonly path: string;
    /** Undefined where the answer is none. */
    urlOf(answer: unknown): string | undefined;
  };
  /** What the venue wants to hear regularly; without it, pings of the websocket are sent. */
  readonly keepAlive?: { readonly everyMs: number; readonly text: (count: number) => string };
  /** The answer that a message of the venue asks for. */
  replyTo?(message: string): string | undefined;
  /** Messages that are no JSON and say nothing, such as a plain `pong`. */
  isNoise?(message: string): boolean;
  /** Whether the venue announces that it will end the connection. */
  wantsReconnect?(message: string): boolean;
  readonly bookRepair: BookRepair;
  readonly rates: VenueRates;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** Limits that every venue allows; those that say others have their own. */
export const CAUTIOUS_RATES: VenueRates = {
  connects: { count: 10, perMs: MINUTE_MS },
  messages: { count: 4, perMs: SECOND_MS },
  requests: { count: 3, perMs: SECOND_MS },
};
