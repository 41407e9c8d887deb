import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { BadValue, createSetting, type Setting, type SettingOptions, type ValueOf } from '../setting.ts';

export interface FilePathOptions extends SettingOptions {
  /** `file` or `directory`: it has to exist and be readable when the settings are read. Unset: any path. */
  mustBe?: 'file' | 'directory';
}

/** A path, made absolute from the working directory. */
export function filePath<const O extends FilePathOptions>(options: O): Setting<ValueOf<string, O>> {
  const { mustBe } = options;
  const setting = createSetting<string, O>(options, {
    expects: mustBe ? `the path of a readable ${mustBe}` : 'a path',
    parse: (value) => {
      if (value.includes('\0')) throw new BadValue();
      return resolve(value);
    },
  });
  if (!mustBe) return setting;
  // Wrapped after creation: whether a default exists on this machine is a question for the reading, not the declaring.
  return {
    ...setting,
    parse: (value) => {
      const path = setting.parse(value);
      requireReadable(resolve(value), mustBe);
      return path;
    },
  };
}

function requireReadable(path: string, mustBe: 'file' | 'directory'): void {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw new BadValue(`expected a readable ${mustBe} (${(error as NodeJS.ErrnoException).code})`);
  }
  if (isDirectory !== (mustBe === 'directory')) throw new BadValue();
}
