using Microsoft.Extensions.Logging;
using MlOps.Domain.Pipelines;

namespace MlOps.Embedded.Inbox;

internal static partial class InboxLog
{
    [LoggerMessage(1, LogLevel.Information, "Inbox file {File} is {Version} ({Verdict}); it started {Runs} pipeline runs.")]
    public static partial void Taken(ILogger logger, string file, string version, InboxVerdict verdict, int runs);

    [LoggerMessage(2, LogLevel.Warning, "Inbox file {File} was rejected: {Reason}")]
    public static partial void Rejected(ILogger logger, string file, string reason);

    [LoggerMessage(3, LogLevel.Warning, "Inbox folder {Folder} is left alone: {Reason}")]
    public static partial void FolderIgnored(ILogger logger, string folder, string reason);

    [LoggerMessage(4, LogLevel.Warning, "Inbox file {File} could not be taken now and stays for the next scan.")]
    public static partial void Postponed(ILogger logger, string file, Exception exception);
}
