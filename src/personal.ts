import { inspect } from 'node:util';

const HIDDEN = '[personal]';

/**
 * A value about a person. It prints, serialises and concatenates as `[personal]`, and is read only by calling
 * {@link Personal.open}, so that reading personal data is visible in the code and never happens by accident in a log
 * line, a template or an error message.
 */
export class Personal<T> {
  readonly #value: T;

  private constructor(value: T) {
    this.#value = value;
  }

  /** Wrap a value. Wrapping a wrapped value is refused by the type. */
  static of<T>(value: T): Personal<T> {
    return new Personal(value);
  }

  /** Read the value: call this only where the value is used, and pass the wrapper everywhere else. */
  open(): T {
    return this.#value;
  }

  /** A wrapped value computed from this one. */
  map<U>(read: (value: T) => U): Personal<U> {
    return new Personal(read(this.#value));
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [Symbol.toPrimitive](): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
