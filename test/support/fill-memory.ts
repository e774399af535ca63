import type winston from 'winston';

/** More different problems than a process remembers. */
export const MORE_THAN_FIT = 4_200;

/** Logs so many problems that counts must be moved, about objects in a namespace to which the pod may not write. */
export function fillMemory(logger: winston.Logger, elsewhere: string): void {
  for (let i = 0; i < MORE_THAN_FIT; i++) {
    const regarding = { apiVersion: 'v1', kind: 'Pod', name: `pod-${i}`, namespace: elsewhere };
    logger.error('not here', { regarding });
  }
}
