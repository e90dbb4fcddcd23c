namespace MlOps.Domain;

/// <summary>Where new ids come from; injected so that tests and replays can fix them.</summary>
public interface IIdSource
{
    /// <summary>32 lower-case hexadecimal digits, unique; ordered by time of creation where the source can.</summary>
    string NewId();
}
