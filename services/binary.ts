/** A server program that Mortar finds, downloads or builds. */
export interface BinarySpec {
  readonly name: 'temporal' | 'versitygw';
  /** The version that is downloaded or built, without a leading v. */
  readonly version: string;
  /** Environment variable that names a binary to use instead of all else. */
  readonly override: string;
  /** Reads `--version`; undefined where this is not the program or the version is not served. */
  accepts(versionOutput: string): boolean;
  /** Version as printed, for records. */
  readVersion(versionOutput: string): string;
  /** What is asked of a binary on PATH, for messages. */
  readonly requirement: string;
  /** GitHub repository of the official releases. */
  readonly repository: string;
  /** Archive of a release for a platform; undefined where there is none. */
  archive(platform: NodeJS.Platform, architecture: string): string | undefined;
  /** For `go install`. */
  readonly goPackage: string;
  readonly goVersionVariable: string;
  /** Seconds on two cores, said before the build starts. */
  readonly buildSeconds: number;
}

export interface Binary {
  readonly path: string;
  readonly version: string;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly from: 'override' | 'path' | 'cache' | 'download' | 'go install';
}

const goArchitecture: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

export const temporalBinary: BinarySpec = {
  name: 'temporal',
  version: '1.5.1',
  override: 'MORTAR_TEMPORAL_BIN',
  requirement: 'Temporal CLI with server 1.28 or later',
  accepts(output) {
    const server = /Server (\d+)\.(\d+)/.exec(output);
    return server !== null && Number(server[1]) === 1 && Number(server[2]) >= 28;
  },
  readVersion(output) {
    const cli = /temporal version (\S+)/.exec(output)?.[1] ?? 'unknown';
    return `${cli} (server ${temporalServerVersion(output)})`;
  },
  repository: 'temporalio/cli',
  archive(platform, architecture) {
    const arch = goArchitecture[architecture];
    if (!arch || (platform !== 'linux' && platform !== 'darwin')) return undefined;
    return `temporal_cli_1.5.1_${platform}_${arch}.tar.gz`;
  },
  goPackage: 'github.com/temporalio/cli/cmd/temporal',
  goVersionVariable: 'github.com/temporalio/cli/temporalcli.Version',
  buildSeconds: 160,
};

export function temporalServerVersion(output: string): string {
  return /[Ss]erver ([\d.]+)/.exec(output)?.[1] ?? 'unknown';
}

export const versitygwBinary: BinarySpec = {
  name: 'versitygw',
  version: '1.8.0',
  override: 'MORTAR_VERSITYGW_BIN',
  requirement: 'versitygw 1.8 or later',
  accepts(output) {
    const version = /Version\s*:\s*v?(\d+)\.(\d+)/.exec(output);
    return version !== null && Number(version[1]) === 1 && Number(version[2]) >= 8;
  },
  readVersion(output) {
    return /Version\s*:\s*v?(\S+)/.exec(output)?.[1] ?? 'unknown';
  },
  repository: 'versity/versitygw',
  archive(platform, architecture) {
    const arch = { x64: 'x86_64', arm64: 'arm64' }[architecture];
    const system = { linux: 'Linux', darwin: 'Darwin' }[platform as string];
    return arch && system ? `versitygw_v1.8.0_${system}_${arch}.tar.gz` : undefined;
  },
  goPackage: 'github.com/versity/versitygw/cmd/versitygw',
  goVersionVariable: 'main.Version',
  buildSeconds: 150,
};
